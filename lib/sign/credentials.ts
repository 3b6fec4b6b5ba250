import type { Secret } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import type { Credential } from "./signing-key.ts"

/** Pairs the names and values that the command line can only pass as two lists. */
export function pairCredentials(names: string[], values: Secret[]): Credential[] {
  const pairs = names.flatMap((name, n) => {
    const value = values[n]
    return value ? [{ name, value }] : []
  })
  const odd = names.find((name) => !/^[A-Z][A-Z0-9_]*$/.test(name))
  if (pairs.length === names.length && pairs.length === values.length && !odd) return pairs
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a variable's name for each KMS credential, such as AWS_ACCESS_KEY_ID, in the same order",
    got: odd ?? `${names.length} names for ${values.length} credentials`,
    fix: "Give --kms-credentials and --kms-credential-names equally often.",
  })
}

/**
 * Where a credential lies that its client library reads from a file: the variable then names the file. Google's has no other
 * way (https://docs.cloud.google.com/docs/authentication/application-default-credentials), the others' names say so.
 */
export function credentialPath(name: string): string | undefined {
  return /(?:_FILE|_PATH|^GOOGLE_APPLICATION_CREDENTIALS)$/.test(name) ? `/slipway/kms/${name}` : undefined
}
