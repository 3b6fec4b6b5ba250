import { predicateLabel } from "./predicate-type.ts"

/** What signing answers, for a person. */
export function renderSigned({ ref, status, checks }: { ref: string; status: string; checks: string[] }): string {
  const done = status === "signed" ? `Signed ${ref}` : `${ref} was signed before, and nothing was added`
  return [`${done}.`, ...checks.map(verified)].join("\n")
}

export function renderAttested(attested: { ref: string; type: string; status: string }[]): string {
  return attested
    .map(({ ref, type, status }) =>
      status === "attested"
        ? `Attested the ${predicateLabel(type)} of ${ref}, and verified it.`
        : `The ${predicateLabel(type)} of ${ref} was attested before, and nothing was added.`,
    )
    .join("\n")
}

export function renderVerified(all: { ref: string; checks: string[] }[]): string {
  const lines = all.flatMap(({ ref, checks }) => [`${ref} is what it says.`, ...checks.map(verified)])
  return [...new Set(lines)].join("\n")
}

function verified(check: string): string {
  return `  verified: ${check}`
}
