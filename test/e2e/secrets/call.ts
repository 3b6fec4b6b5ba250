import { createHash } from "node:crypto"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Writable } from "node:stream"
import { type Called, dagger, daggerCall } from "../dagger-call.ts"
import { PASSWORD } from "../protected-registry.ts"
import type { SecretWorld } from "./world.ts"

/** Everything that the command line and the session printed, to be searched in the end. */
export const printed: string[] = []

/** Keeps what a session prints, as one text: a value may come in two pieces. */
export function keepPrinted(): Writable {
  const at = printed.push("") - 1
  const write = (chunk: Buffer, _: string, done: () => void) => {
    printed[at] += String(chunk)
    done()
  }
  return new Writable({ write })
}

/** As talkative as the command line can be. */
const TALKATIVE = ["--progress=plain", "-vvvv", "--debug"]

export async function call(world: SecretWorld, ...args: string[]): Promise<Called> {
  return keep(await daggerCall([...TALKATIVE.slice(1), ...args], { env: environment(world) }))
}

/** A line of dagger's shell. */
export async function shell(world: SecretWorld, line: string): Promise<Called> {
  return keep(await dagger([...TALKATIVE, "-c", line], { env: environment(world) }))
}

function keep(called: Called): Called {
  printed.push(called.stdout, called.stderr)
  return called
}

/** What a CI job has in its environment. */
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

/** A file of its own, readable by nobody else. */
export function fileOf(text: string, name = "value"): string {
  const file = join(folder(), name)
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

/** A source that is nothing but a Dockerfile. */
export function sourceOf(dockerfile: string): string {
  const source = folder()
  writeFileSync(join(source, "Dockerfile"), dockerfile)
  return source
}

export function folder(): string {
  return mkdtempSync(join(tmpdir(), "slipway-secrets-"))
}

/** What a step may print of a secret, to prove that it had it. */
export function sum(secret: string): string {
  return createHash("sha256").update(secret).digest("hex")
}
