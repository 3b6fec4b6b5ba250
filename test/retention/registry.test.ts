import { expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/reference.ts"
import { deletionAdvice, isUnsupported } from "../../lib/retention/registry.ts"

test.each([
  { repository: "ghcr.io/acme/app", advice: /GitHub's API/ },
  { repository: "1.dkr.ecr.eu-central-1.amazonaws.com/app", advice: /--registry=ECR/ },
  { repository: "docker.io/acme/app", advice: /Docker Hub/ },
  { repository: "registry.acme.example/app", advice: /REGISTRY_STORAGE_DELETE_ENABLED=true/ },
])("advises $advice for $repository", ({ repository, advice }) => {
  expect(deletionAdvice(parseRepository(repository))).toMatch(advice)
})

test.each([
  { stderr: "DELETE http://r/v2/a: UNSUPPORTED: The operation is unsupported.", unsupported: true },
  { stderr: "unexpected status code 405 Method Not Allowed", unsupported: true },
  { stderr: "DENIED: requested access to the resource is denied", unsupported: false },
  { stderr: "dial tcp: connection refused", unsupported: false },
])("recognises $stderr as unsupported deletion: $unsupported", ({ stderr, unsupported }) => {
  expect(isUnsupported(stderr)).toBe(unsupported)
})
