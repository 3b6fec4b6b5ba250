import { expect, test } from "vitest"
import { userName } from "../../lib/login/short-lived-login.ts"
import { parseRepository } from "../../lib/oci/reference.ts"

test.each([
  { host: "ghcr.io", user: "x-access-token" },
  { host: "registry.gitlab.com", user: "gitlab-ci-token" },
  { host: "europe-docker.pkg.dev", user: "oauth2accesstoken" },
  { host: "eu.gcr.io", user: "oauth2accesstoken" },
  { host: "acme.azurecr.io", user: "00000000-0000-0000-0000-000000000000" },
  { host: "123456789012.dkr.ecr.eu-west-1.amazonaws.com", user: "AWS" },
  { host: "public.ecr.aws", user: "AWS" },
])("uses the user $user for $host", ({ host, user }) => {
  expect(userName(parseRepository(`${host}/acme/app`))).toBe(user)
  expect(userName(parseRepository(`${host}/acme/app`), "robot")).toBe("robot")
})

test.each(["docker.io", "registry.gitlab.example.com", "ghcr.io.evil.test", "xpkg.dev"])(
  "requires --username for a token for %s",
  (host) => {
    expect(() => userName(parseRepository(`${host}/acme/app`))).toThrow(`got none, for "${host}". Pass --username`)
  },
)
