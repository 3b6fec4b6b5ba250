import { AsyncLocalStorage } from "node:async_hooks"
import { type Container, type ContainerWithMountedSecretOpts, dag, type Secret } from "@dagger.io/dagger"

/** A secret that was given away: the argument that it came by, and the tool's image, or one of the names below. */
export type SecretUse = { argument: string; to: string; stage: string }

/** This process, which needs some secrets as text. */
export const MODULE = "slipway"
/** The engine, which pulls images itself. */
export const ENGINE = "engine"
/** The RUN instructions of the caller's Dockerfile, which name the secrets that they mount. */
export const DOCKERFILE = "Dockerfile"

/** The arguments that each secret was made from. A secret of this process alone, such as a rehearsal's key, has none. */
const origins = new WeakMap<Secret, string[]>()

/** Remembers the argument of each secret in a call's arguments, so that all its uses are known by this name. */
export function nameArguments(values: object): void {
  for (const [name, secret] of secretsIn(values)) origins.set(secret, [argumentName(name)])
}

/** The names of the arguments that hold a secret. */
export function givenArguments(values: object): string[] {
  return [...new Set(secretsIn(values).map(([name]) => argumentName(name)))]
}

function secretsIn(values: object): [string, Secret][] {
  return Object.entries(values).flatMap(([name, value]) =>
    [value].flat().flatMap((one): [string, Secret][] => (isSecret(one) ? [[name, one]] : [])),
  )
}

/** By its shape: inside a module, the runtime makes a call's arguments with another copy of the class. */
function isSecret(value: unknown): value is Secret {
  return typeof (value as Partial<Secret> | null | undefined)?.plaintext === "function"
}

function argumentName(field: string): string {
  return `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** A secret made from others, under whose arguments it is known. */
export function derivedSecret(name: string, text: string, from: (Secret | undefined)[]): Secret {
  const secret = dag.setSecret(name, text)
  origins.set(
    secret,
    from.flatMap((one) => (one && origins.get(one)) ?? []),
  )
  return secret
}

type Watch = { stage: string; uses: SecretUse[] }
const watching = new AsyncLocalStorage<Watch>()

/** Runs a stage, and adds each use of a secret in it to `uses`. Stages that run side by side do not mix. */
export function watchSecrets<T>(watch: Watch, stage: () => Promise<T>): Promise<T> {
  return watching.run(watch, stage)
}

/** Records that a secret is given to a tool. */
export function noteUse(secret: Secret, to: string): void {
  const { stage, uses } = watching.getStore() ?? {}
  if (!stage || !uses) return
  for (const argument of origins.get(secret) ?? []) {
    const known = uses.some((use) => use.argument === argument && use.to === to && use.stage === stage)
    if (!known) uses.push({ argument, to, stage })
  }
}

/** The file of a secret; `to` is the image of the tool that reads it. */
type SecretFile = ContainerWithMountedSecretOpts & { path: string; secret: Secret; to: string }

/** The only way in which a tool gets a secret as a file. */
export function withSecretFile({ path, secret, to, ...options }: SecretFile): (tool: Container) => Container {
  return (tool) => {
    noteUse(secret, to)
    return tool.withMountedSecret(path, secret, options)
  }
}

/** The only way in which a tool gets a secret as a variable. */
export function withSecretValue(
  name: string,
  { secret, to }: Pick<SecretFile, "secret" | "to">,
): (tool: Container) => Container {
  return (tool) => {
    noteUse(secret, to)
    return tool.withSecretVariable(name, secret)
  }
}
