import type { Exception } from "./exception.ts"
import type { MergedFinding } from "./finding.ts"

export type VexInput = {
  applied: { exception: Exception; finding: MergedFinding }[]
  /** The image's purls, one for each digest that the document speaks of. */
  products: string[]
  id: string
  now: Date
}

/**
 * What was excepted, for other scanners: https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md
 *
 * Only an exception with a justification claims that the image is not affected. Any other says what it is: affected,
 * and accepted by someone until a date.
 */
export function renderOpenVex({ applied, products, id, now }: VexInput): string {
  const timestamp = now.toISOString()
  const authors = [...new Set(applied.map(({ exception }) => exception.owner))]
  return JSON.stringify(
    {
      "@context": "https://openvex.dev/ns/v0.2.0",
      "@id": id,
      author: authors.join(", ") || "slipway",
      timestamp,
      version: 1,
      tooling: "slipway",
      statements: applied
        .filter(({ finding }) => finding.kind === "vulnerability")
        .map(({ exception, finding }) => ({
          vulnerability: { name: finding.id },
          timestamp,
          products: products.map((product) => ({
            "@id": product,
            ...(finding.purl && { subcomponents: [{ "@id": finding.purl }] }),
          })),
          ...statusOf(exception),
        })),
    },
    null,
    2,
  )
}

function statusOf({ justification, reason, owner, expires }: Exception): Record<string, string> {
  if (justification) return { status: "not_affected", justification, impact_statement: reason }
  return { status: "affected", action_statement: `Accepted by ${owner} until ${expires}: ${reason}` }
}

/** https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md */
export function imagePurl(name: string, digest: string): string {
  const last = name.split("/").at(-1)
  return `pkg:oci/${last}@${encodeURIComponent(digest)}${name.includes("/") ? `?repository_url=${name}` : ""}`
}
