import { SlipwayError } from "../error.ts"

/** cosign's own words, shortened: without its warnings and the advice that it prints beside an error. */
export function lastWords(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => /^(Error|error|main\.go)/.test(line))
  const said = (lines.length ? lines : stderr.split("\n").filter((line) => line.trim())).map((line) =>
    line.replace(/^(Error: |main\.go:\d+: |error during command execution: )+/i, ""),
  )
  return [...new Set(said)].slice(-2).join("; ").slice(0, 500) || "nothing"
}

export function verificationFailed({
  ref,
  signer,
  reason,
}: {
  ref: string
  signer: string
  reason: string
}): SlipwayError {
  return new SlipwayError("VERIFICATION_FAILED", {
    expected: `a signature of ${ref} by ${signer}`,
    got: lastWords(reason),
    fix: "Do not deploy it: sign the digest with cosignSign, or ask who published it.",
  })
}

export function signingFailed({ ref, stderr }: { ref: string; stderr: string }): SlipwayError {
  return new SlipwayError("SIGNING_FAILED", {
    expected: `cosign to sign ${ref}`,
    got: lastWords(stderr),
    fix: "Nothing was tagged or deployed. Once the cause is gone, run again: it continues with the same digest.",
  })
}
