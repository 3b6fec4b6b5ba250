import { expect, test } from "vitest"
import { registryFailed } from "../../lib/oci/registry-failure.ts"
import { parseRepository } from "../../lib/oci/repository.ts"

const repository = parseRepository("ghcr.io/acme/app")
const refusal = { repository, right: "packages: write", unchanged: "Nothing was tagged." }

test.each([
  { stderr: "dial tcp: lookup nowhere.test: no such host", fix: "Check the address" },
  { stderr: "dial tcp 127.0.0.1:5000: connect: connection refused", fix: "Check the address" },
  { stderr: "UNAUTHORIZED: authentication required", fix: "Pass a login that ghcr.io knows" },
  { stderr: "NAME_UNKNOWN: The repository with name 'app' does not exist", fix: "There is no acme/app at ghcr.io" },
  { stderr: "unexpected status code 404 Not Found", fix: "There is no acme/app at ghcr.io" },
  { stderr: "DENIED: requested access to the resource is denied", fix: "it needs packages: write" },
  { stderr: "http: server gave HTTP response to HTTPS client", fix: "--plain-http" },
  {
    stderr: "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    fix: "--ca-certificate",
  },
  { stderr: "unexpected status code 503 Service Unavailable", fix: ". Run it again. Nothing was tagged." },
  { stderr: "something else", fix: ". Mend what it names, then run it again. Nothing was tagged." },
  { stderr: "TAG_INVALID: the tag v1 is immutable", fix: ". Mend what it names, then run it again." },
])("$stderr: $fix", ({ stderr, fix }) => {
  const { message, code } = registryFailed("push it", { stderr: `2026/11/25 Error: pushing\n${stderr}\n`, ...refusal })
  expect(code).toBe("REGISTRY_FAILED")
  expect(message).toContain(`expected to push it, got ${stderr}. `)
  expect(message).toContain(fix)
})

test("says nothing of the TLS that was tried before plain HTTP", () => {
  const tried = 'Error: Get "https://a.test:5000/v2/": http: server gave HTTP response to HTTPS client; '
  const { message } = registryFailed("push it", { stderr: `${tried}UNAUTHORIZED: who are you`, ...refusal })
  expect(message).toMatch(/got UNAUTHORIZED: who are you\. Pass a login/)
})

test("an answer without a word is none", () => {
  expect(registryFailed("push it", { stderr: "\n", ...refusal }).message).toContain("got no answer. Run it again")
})
