import type { Container, Secret } from "@dagger.io/dagger"
import { quote, SlipwayError } from "../error.ts"

/** A secret that the tests read from the file /run/secrets/<name>. */
export type TestSecret = { name: string; secret: Secret }

const SECRET_DIR = "/run/secrets"

/**
 * Mounts each, and says where in <NAME>_FILE, as official images do it. Never a variable with the value: whatever a test
 * starts would inherit that, and crash reports print it.
 */
export function withSecrets(secrets: TestSecret[], owner?: string): (container: Container) => Container {
  return (container) =>
    secrets.reduce((all, { name, secret }) => {
      const path = `${SECRET_DIR}/${name}`
      return all.withMountedSecret(path, secret, { owner, mode: 0o400 }).withEnvVariable(fileVariable(name), path)
    }, container)
}

function fileVariable(name: string): string {
  return `${name.replace(/[^A-Za-z0-9]/g, "_").toUpperCase()}_FILE`
}

// A file name, and a variable's once upper-cased.
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/

/** The command line gives names and secrets as two lists; the first name belongs to the first secret. Ship has its own flags. */
export function pairNames<T>(
  { names, secrets: values }: { names: string[]; secrets: T[] },
  prefix: "" | "test-" = "",
): { name: string; secret: T }[] {
  const wrong = names.find((name, at) => !NAME.test(name) || names.indexOf(name) !== at)
  if (wrong !== undefined) {
    throw invalid(`${quote(wrong)}, which is not usable or there twice`, prefix)
  }
  const pairs = values.flatMap((secret, at) => {
    const name = names[at]
    return name === undefined ? [] : [{ name, secret }]
  })
  if (names.length === values.length && pairs.length === names.length) return pairs
  throw invalid(`names: ${names.join(", ") || "none"}; secrets: ${values.length}`, prefix)
}

/** Those that the settings name, and all without such a list: a service's tests read no other's secrets. */
export function chooseSecrets<T extends { name: string }>(
  given: T[],
  { names, flag }: { names?: string[]; flag: string },
): T[] {
  if (!names) return given
  return names.map((wanted) => {
    const found = given.find(({ name }) => name === wanted)
    if (found) return found
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: `${flag} with ${quote(wanted)}, which test.secrets in the settings names`,
      got: given.map(({ name }) => name).join(", ") || "none",
      fix: `Pass the secret and its name, or take it out with --set test.secrets=null.`,
    })
  })
}

function invalid(got: string, prefix: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `as many --${prefix}secret-names as --${prefix}secrets, each a word of letters, digits, '_', '.' and '-'`,
    got,
    fix: `For example: --${prefix}secret-names=api-token --${prefix}secrets=env://API_TOKEN`,
  })
}
