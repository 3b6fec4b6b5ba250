import { expect, test } from "vitest"
import { digestOf } from "../../lib/oci/digest.ts"
import { parseDigestRef } from "../../lib/oci/digest-ref.ts"
import { configArgs, digestArgs, manifestArgs, pushArgs, tagArgs } from "../../lib/publish/crane-args.ts"

const ref = parseDigestRef(`ghcr.io/acme/app@${digestOf("")}`)

test.each([
  { name: "push", args: pushArgs({ ref, plainHttp: false }), line: `push --index /slipway/layout ${ref}` },
  {
    name: "push without TLS",
    args: pushArgs({ ref, plainHttp: true }),
    line: `push --insecure --index /slipway/layout ${ref}`,
  },
  { name: "digest", args: digestArgs("ghcr.io/acme/app:v1", false), line: "digest ghcr.io/acme/app:v1" },
  {
    name: "digest without TLS",
    args: digestArgs("ghcr.io/acme/app:v1", true),
    line: "digest --insecure ghcr.io/acme/app:v1",
  },
  { name: "manifest", args: manifestArgs(ref, false), line: `manifest ${ref}` },
  { name: "manifest without TLS", args: manifestArgs(ref, true), line: `manifest --insecure ${ref}` },
  { name: "config", args: configArgs(ref, false), line: `config ${ref}` },
  { name: "config without TLS", args: configArgs(ref, true), line: `config --insecure ${ref}` },
  { name: "tag", args: tagArgs({ ref, plainHttp: false }, "v1"), line: `tag ${ref} v1` },
  { name: "tag without TLS", args: tagArgs({ ref, plainHttp: true }, "v1"), line: `tag --insecure ${ref} v1` },
])("crane's arguments to $name", ({ args, line }) => expect(args).toEqual(line.split(" ")))
