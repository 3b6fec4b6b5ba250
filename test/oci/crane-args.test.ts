import { expect, test } from "vitest"
import {
  configArgs,
  deleteArgs,
  digestArgs,
  listTagsArgs,
  manifestArgs,
  pushArgs,
  tagArgs,
} from "../../lib/oci/crane-args.ts"
import { digestOf } from "../../lib/oci/digest.ts"
import { parseDigestRef } from "../../lib/oci/digest-ref.ts"

const ref = parseDigestRef(`ghcr.io/acme/app@${digestOf("")}`)

test.each([
  { name: "push", args: pushArgs(ref, { plainHttp: false }), line: `push --index /slipway/layout ${ref}` },
  {
    name: "push without TLS",
    args: pushArgs(ref, { plainHttp: true }),
    line: `push --insecure --index /slipway/layout ${ref}`,
  },
  { name: "digest", args: digestArgs("ghcr.io/acme/app:v1", { plainHttp: false }), line: "digest ghcr.io/acme/app:v1" },
  {
    name: "digest without TLS",
    args: digestArgs("ghcr.io/acme/app:v1", { plainHttp: true }),
    line: "digest --insecure ghcr.io/acme/app:v1",
  },
  { name: "manifest", args: manifestArgs(ref, { plainHttp: false }), line: `manifest ${ref}` },
  { name: "manifest without TLS", args: manifestArgs(ref, { plainHttp: true }), line: `manifest --insecure ${ref}` },
  { name: "config", args: configArgs(ref, { plainHttp: false }), line: `config ${ref}` },
  { name: "config without TLS", args: configArgs(ref, { plainHttp: true }), line: `config --insecure ${ref}` },
  { name: "tag", args: tagArgs(ref, { tag: "v1", plainHttp: false }), line: `tag ${ref} v1` },
  { name: "tag without TLS", args: tagArgs(ref, { tag: "v1", plainHttp: true }), line: `tag --insecure ${ref} v1` },
])("crane's arguments to $name", ({ args, line }) => expect(args).toEqual(line.split(" ")))

test.each([
  { args: listTagsArgs, words: ["ls"] },
  { args: digestArgs, words: ["digest"] },
  { args: manifestArgs, words: ["manifest"] },
  { args: configArgs, words: ["config"] },
  { args: deleteArgs, words: ["delete"] },
])("crane $words, over plain HTTP only where that is said", ({ args, words }) => {
  expect(args("registry.test/app", { plainHttp: false })).toEqual([...words, "registry.test/app"])
  expect(args("registry.test/app", { plainHttp: true })).toEqual([...words, "--insecure", "registry.test/app"])
})
