import { describe, expect, test } from "vitest"
import { pinValues } from "../../lib/chart/chart-values.ts"
import { digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"

const digest = digestOf("image")
const image = { ref: digestRef(parseRepository("ghcr.io/acme/web"), digest), spareTag: "v1.2.3" }
const pin = (text: string, addresses = ["image"]) => pinValues(text, { path: "chart", addresses, image })

describe("values get the image's digest", () => {
  test.each([
    [
      "in a digest, with the tag beside it",
      "# ours\nimage:\n  repository: web # own\n  tag: dev\n  digest: ''\n",
      `# ours\nimage:\n  repository: ghcr.io/acme/web # own\n  tag: v1.2.3\n  digest: '${digest}'\n`,
    ],
    [
      "in a tag, if there is no digest",
      "image: { repository: ghcr.io/acme/web, tag: dev }\n",
      `image: { repository: ghcr.io/acme/web, tag: v1.2.3@${digest} }\n`,
    ],
    ["in a whole reference", "image: ghcr.io/acme/web:dev\n", `image: ghcr.io/acme/web@${digest}\n`],
  ])("%s", (_, before, after) => {
    expect(pin(before)).toBe(after)
  })

  test("at each address", () => {
    const text = "web: { image: 'ghcr.io/acme/web:1' }\njob: { image: 'ghcr.io/acme/web:1' }\n"
    expect(pin(text, ["web.image", "job.image"]).match(new RegExp(digest, "g"))).toHaveLength(2)
  })
})

test.each([
  ["an address that the values do not have", "replicas: 1\n", ["image"]],
  ["a value that can hold no digest", "image: { repository: ghcr.io/acme/web }\n", ["image"]],
  ["an address within a text", "image: web\n", ["image.tag"]],
])("refuses %s, and names the setting", (_, text, addresses) => {
  expect(() => pin(text, addresses)).toThrow(/^CHART_INVALID: expected an image at image.* in chart\/values\.yaml/s)
  expect(() => pin(text, addresses)).toThrow(/Set chart\.values in slipway\.yaml .* Nothing was pushed\.$/s)
})
