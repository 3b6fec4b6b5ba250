import type { Container, Secret } from "@dagger.io/dagger"

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
