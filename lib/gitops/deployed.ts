import { SlipwayError } from "../error.ts"
import { type Digest, digestsIn } from "../oci/digest.ts"
import { type DigestRef, DigestRef as DigestRefSchema, digestRef } from "../oci/digest-ref.ts"
import { parseRepository } from "../oci/repository.ts"
import type { BuildChange } from "./build-change.ts"

/** The digests that stand where a bump would write. */
export function deployedDigests(changes: BuildChange[]): Digest[] {
  return [...new Set(changes.flatMap(({ from = "" }) => digestsIn(from)))]
}

/**
 * The image that runs in an environment, from what a bump would replace there. Often a digest stands apart from its
 * repository, which the caller then has to name.
 */
export function deployedRef(
  changes: BuildChange[],
  { path, image, address }: { path: string; image: string; address?: string },
): DigestRef {
  const [digest, ...others] = deployedDigests(changes)
  if (!digest || others.length) {
    throw new SlipwayError("IMAGE_NOT_FOUND", {
      expected: `one digest of ${image} in ${path}`,
      got: digest ? `${1 + others.length}: ${[digest, ...others].join(", ")}` : shown(changes),
      fix: "Bump that environment to one digest first, with bump-gitops.",
    })
  }
  if (address) return digestRef(parseRepository(address), digest)
  const whole = changes.map(({ from }) => DigestRefSchema.safeParse(from)).find(({ success }) => success)
  if (whole?.success) return whole.data
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `--address beside the digest that stands in ${path}`,
    got: `${digest} alone`,
    fix: "Give --address=host/repository, where the image is pulled from.",
  })
}

function shown(changes: BuildChange[]): string {
  const values = [...new Set(changes.map(({ from = "nothing" }) => from))]
  return values.slice(0, 5).join(", ") || "none"
}
