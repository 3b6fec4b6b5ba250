import { expect, test } from "vitest"
import { digestOf } from "../../lib/oci/reference.ts"
import { mayState, parseTree, treeArgs } from "../../lib/oci/referrers.ts"

const [image, signature, lost] = ["image", "signature", "lost"].map(digestOf)

test("lists referrers, over plain HTTP only if the registry uses it", () => {
  expect(treeArgs("r@d", { plainHttp: true })).toEqual(["tree", "--experimental-oci11", "--allow-http-registry", "r@d"])
  expect(treeArgs("r@d", { plainHttp: false })).toEqual(["tree", "--experimental-oci11", "r@d"])
})

// output of cosign 3.1.3: the image, and each referrer with its layers
const LISTING = `📦 Supply Chain Security Related artifacts for an image: registry.test:5000/app@${image}
└── 🔗 https://sigstore.dev/cosign/sign/v1 artifacts via OCI referrer: registry.test:5000/app@${signature}
   └── 🍒 ${digestOf("a layer")}
`

test("reads the referrers without the image and their layers", () => {
  expect(parseTree({ stdout: LISTING, stderr: "" })).toEqual([
    { digest: signature, type: "https://sigstore.dev/cosign/sign/v1" },
  ])
})

test("reads the type of another tool's referrer", () => {
  const stdout = `└── 🔗 application/vnd.cncf.notary.signature artifacts via OCI referrer: registry.test/app@${signature}\n`
  const found = parseTree({ stdout, stderr: "" })
  expect(found).toEqual([{ digest: signature, type: "application/vnd.cncf.notary.signature" }])
  expect(found.some(mayState(["https://spdx.dev/Document"]))).toBe(false)
})

test("reads the referrers that cosign could not read", () => {
  const stderr = `Error fetching artifact registry.test:5000/app@${lost}: GET https://…: MANIFEST_UNKNOWN\n`
  expect(parseTree({ stdout: LISTING, stderr })).toMatchObject([{ digest: signature }, { digest: lost }])
})

test("reads no referrers from an image without any", () => {
  expect(parseTree({ stdout: "No Supply Chain Security Related Artifacts found for image app", stderr: "" })).toEqual(
    [],
  )
})

test.each([
  { name: "a statement of the requested type", type: "https://spdx.dev/Document", may: true },
  { name: "Slipway's statement", type: "urn:slipway:release:v1", may: true },
  { name: "another statement", type: "https://sigstore.dev/cosign/sign/v1", may: false },
  { name: "a bundle without a predicate type", type: "application/vnd.dev.sigstore.bundle.v0.3+json", may: true },
  { name: "an unreadable referrer", type: undefined, may: true },
  { name: "another tool's signature", type: "application/vnd.cncf.notary.signature", may: false },
])("recognises a possible statement: $name", ({ type, may }) => {
  const wanted = mayState(["https://spdx.dev/Document", "urn:slipway:release:v1"])
  expect(wanted({ digest: digestOf(""), ...(type && { type }) })).toBe(may)
})
