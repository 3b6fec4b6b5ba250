import { expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/reference.ts"
import { pushRight } from "../../lib/publish/push.ts"

test.each([
  { host: "ghcr.io", right: /^packages: write/ },
  { host: "public.ecr.aws", right: /^ecr-public:/ },
  { host: "123456789012.dkr.ecr.eu-west-1.amazonaws.com", right: /^ecr:.* PutImage$/ },
  { host: "europe-docker.pkg.dev", right: /artifactregistry\.writer/ },
  { host: "acme.azurecr.io", right: /AcrPush/ },
  { host: "docker.io", right: /Read & Write/ },
  { host: "index.docker.io", right: /Read & Write/ },
  { host: "registry.gitlab.example.com", right: /write_registry/ },
  { host: "harbor.example.com", right: /^the right to push to the repository$/ },
  { host: "notdocker.io", right: /^the right to push to the repository$/ },
])("a push to $host needs the right $right", ({ host, right }) => {
  expect(pushRight(parseRepository(`${host}/acme/app`))).toMatch(right)
})
