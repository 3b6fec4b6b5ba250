import type { Container, Secret } from "@dagger.io/dagger"
import { withSecretFile } from "../engine/secret-use.ts"
import { quote, SlipwayError } from "../error.ts"

/** A secret that the tests read from the file /run/secrets/<name>. */
export type TestSecret = { name: string; secret: Secret }

const SECRET_DIR = "/run/secrets"

/**
 * Mounts each secret as a file, with its path in <NAME>_FILE, the convention of official images. A variable with the value
 * would leak to every process that a test starts, and into crash reports.
 */
export function withSecrets(
  secrets: TestSecret[],
  { owner, to }: { owner?: string; to: string },
): (container: Container) => Container {
  return (container) =>
    secrets.reduce((all, { name, secret }) => {
      const path = `${SECRET_DIR}/${name}`
      return all
        .with(withSecretFile({ path, secret, to, owner, mode: 0o400 }))
        .withEnvVariable(fileVariable(name), path)
    }, container)
}

function fileVariable(name: string): string {
  return `${name.replace(/[^A-Za-z0-9]/g, "_").toUpperCase()}_FILE`
}

// Valid as a file name, and, in upper case, as part of a variable's name.
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/

/** Pairs the two lists of the command line by position. `prefix` is that of the flags' names: ship has other ones. */
export function pairNames<T>(
  { names, secrets: values }: { names: string[]; secrets: T[] },
  prefix: "" | "test-" = "",
): { name: string; secret: T }[] {
  const wrong = names.find((name, at) => !NAME.test(name) || names.indexOf(name) !== at)
  if (wrong !== undefined) {
    throw invalid(`${quote(wrong)}, which is invalid or a duplicate`, prefix)
  }
  const pairs = values.flatMap((secret, at) => {
    const name = names[at]
    return name === undefined ? [] : [{ name, secret }]
  })
  if (names.length === values.length && pairs.length === names.length) return pairs
  throw invalid(`names: ${names.join(", ") || "none"}; secrets: ${values.length}`, prefix)
}

/** Selects the secrets in test.secrets, or all without that list, so that a service's tests read no other service's secrets. */
export function chooseSecrets<T extends { name: string }>(
  given: T[],
  { names, flag }: { names?: string[]; flag: string },
): T[] {
  if (!names) return given
  return names.map((wanted) => {
    const found = given.find(({ name }) => name === wanted)
    if (found) return found
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: `${flag} with ${quote(wanted)}, which test.secrets lists`,
      got: given.map(({ name }) => name).join(", ") || "none",
      fix: `Pass the secret and its name, or remove the list with --set test.secrets=null.`,
    })
  })
}

function invalid(got: string, prefix: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `as many --${prefix}secret-names as --${prefix}secrets, each name of letters, digits, '_', '.' and '-'`,
    got,
    fix: `Write, for example, --${prefix}secret-names=api-token --${prefix}secrets=env://API_TOKEN`,
  })
}
