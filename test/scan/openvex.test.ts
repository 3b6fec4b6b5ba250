import { expect, test } from "vitest"
import { imagePurl, renderOpenVex } from "../../lib/scan/openvex.ts"
import { exception, merged } from "./sample.ts"

const now = new Date("2026-11-25T12:00:00Z")
const product = "pkg:oci/app@sha256%3A0a"
const render = (own: object, finding = merged()) =>
  JSON.parse(
    renderOpenVex({ applied: [{ exception: exception(own), finding }], products: [product], id: "urn:x", now }),
  )

test("an accepted risk is not called harmless", () => {
  expect(render({})).toEqual({
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "urn:x",
    author: "sec@acme.example",
    timestamp: "2026-11-25T12:00:00.000Z",
    version: 1,
    tooling: "slipway",
    statements: [
      {
        vulnerability: { name: "CVE-2019-10744" },
        timestamp: "2026-11-25T12:00:00.000Z",
        products: [{ "@id": product, subcomponents: [{ "@id": "pkg:npm/lodash@4.17.11" }] }],
        status: "affected",
        action_statement: "Accepted by sec@acme.example until 2027-01-31: not reachable",
      },
    ],
  })
})

test("a justification claims that the image is not affected", () => {
  const justification = "vulnerable_code_not_in_execute_path"
  const [statement] = render({ justification }).statements
  expect(statement).toMatchObject({ status: "not_affected", justification, impact_statement: "not reachable" })
  expect(statement).not.toHaveProperty("action_statement")
})

test("only vulnerabilities are VEX", () => {
  expect(render({}, merged({ kind: "secret" })).statements).toEqual([])
})

test.each([
  ["ghcr.io/acme/app", "pkg:oci/app@sha256%3A0a?repository_url=ghcr.io/acme/app"],
  ["image", "pkg:oci/image@sha256%3A0a"],
])("names %s as %s", (name, purl) => {
  expect(imagePurl(name, "sha256:0a")).toBe(purl)
})
