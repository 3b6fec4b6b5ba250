import { createHash } from "node:crypto"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Writable } from "node:stream"
import { type Called, dagger, daggerCall } from "../dagger-call.ts"
import { PASSWORD } from "../protected-registry.ts"
import type { SecretWorld } from "./world.ts"

/** All output of CLI and session, for the search at the end. */
export const printed: string[] = []

/** Collects a session's output as one text, because a value may arrive in two chunks. */
export function keepPrinted(): Writable {
  const at = printed.push("") - 1
  const write = (chunk: Buffer, _: string, done: () => void) => {
    printed[at] += String(chunk)
    done()
  }
  return new Writable({ write })
}

/** The CLI's most verbose flags. */
const TALKATIVE = ["--progress=plain", "-vvvv", "--debug"]

export async function call(world: SecretWorld, ...args: string[]): Promise<Called> {
  return keep(await daggerCall([...TALKATIVE.slice(1), ...args], { env: environment(world) }))
}

/** Runs a line in dagger's shell. */
export async function shell(world: SecretWorld, line: string): Promise<Called> {
  return keep(await dagger([...TALKATIVE, "-c", line], { env: environment(world) }))
}

function keep(called: Called): Called {
  printed.push(called.stdout, called.stderr)
  return called
}

/** The environment of a CI job. */
function environment(world: SecretWorld): Record<string, string> {
  return {
    ...{ BUILD_TOKEN: world.buildToken, TEST_TOKEN: world.testToken, GIT_TOKEN: world.gitToken },
    ...{ REGISTRY_PASSWORD: PASSWORD, DOCKER_CONFIG_JSON: world.dockerConfig, IDENTITY_TOKEN: world.identityToken },
    ...{ COMMIT_PASSWORD: world.commitKey.password },
    ...{ VAULT_ADDR: `https://${world.host}`, VAULT_TOKEN: world.vaultToken },
    ...{ KMS_REGION: "eu-west-1", KMS_KEY_ID: world.kmsKeyId },
    ...{ KMS_SECRET_KEY: world.kmsSecretKey, KMS_SESSION: world.kmsSessionToken },
  }
}

/** A new file that only its owner can read. */
export function fileOf(text: string, name = "value"): string {
  const file = join(folder(), name)
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

/** A source with only a Dockerfile. */
export function sourceOf(dockerfile: string): string {
  const source = folder()
  writeFileSync(join(source, "Dockerfile"), dockerfile)
  return source
}

export function folder(): string {
  return mkdtempSync(join(tmpdir(), "slipway-secrets-"))
}

/** A hash that a step may print to prove that it had the secret. */
export function sum(secret: string): string {
  return createHash("sha256").update(secret).digest("hex")
}
