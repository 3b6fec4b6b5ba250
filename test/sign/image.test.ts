import { expect, test } from "vitest"
import { digestOf, parseDigestRef } from "../../lib/oci/reference.ts"
import { blobArgs, fallbackTag, fallbackTagArgs, manifestArgs } from "../../lib/sign/image.ts"

const digest = digestOf("")
const ref = parseDigestRef(`localhost:5000/acme/app@${digest}`)

test("names the fallback tag after the digest, with a dash", () => {
  expect(fallbackTag(ref)).toBe(`localhost:5000/acme/app:${digest.replace(":", "-")}`)
})

test.each([
  { args: manifestArgs(ref, { plainHttp: false }), line: `manifest ${ref}` },
  { args: manifestArgs(ref, { plainHttp: true }), line: `manifest --insecure ${ref}` },
  { args: blobArgs(ref, { plainHttp: true }), line: `blob --insecure ${ref}` },
  { args: fallbackTagArgs("a:sha256-1", { plainHttp: false }), line: "digest a:sha256-1" },
  { args: fallbackTagArgs("a:sha256-1", { plainHttp: true }), line: "digest --insecure a:sha256-1" },
])("runs crane $line", ({ args, line }) => expect(args).toEqual(line.split(" ")))
