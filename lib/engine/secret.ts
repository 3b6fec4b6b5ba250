import type { Secret } from "@dagger.io/dagger"
import { errorMessage, quote, SlipwayError } from "../error.ts"
import { MODULE, noteUse } from "./secret-use.ts"

/** A secret, or a function that fetches a short-lived one right before its use. */
export type SecretSource = Secret | (() => Promise<Secret>)

export async function openSecret(source: SecretSource): Promise<Secret> {
  return typeof source === "function" ? await source() : source
}

/**
 * Caches a value for some seconds, which may depend on it. Concurrent callers share one fetch, and a failure is not cached.
 */
export function renewAfter<T>(
  fetch: () => Promise<T>,
  seconds: number | ((value: T) => number),
  now: () => number = Date.now,
): () => Promise<T> {
  let last: { until: number; value: Promise<T> } | undefined
  return async () => {
    if (last && now() <= last.until) return await last.value
    const at = now()
    const fetched = { until: Number.POSITIVE_INFINITY, value: fetch() }
    last = fetched
    fetched.value.then(
      (value) => {
        fetched.until = at + (typeof seconds === "number" ? seconds : seconds(value)) * 1000
      },
      () => {
        if (last === fetched) last = undefined
      },
    )
    return await fetched.value
  }
}

/**
 * The text of a secret, for a format that must contain it. `argument` names it in errors. A missing or empty secret is an
 * error here, because a server would report a wrong password; CI systems pass an empty one to jobs without access to it.
 */
export async function secretText(secret: Secret, argument: string): Promise<string> {
  const text = await readableText(secret, argument)
  if (text.trim()) return text
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a value for ${argument}`,
    got: "an empty value",
    fix: "Check that the secret is set. CI systems leave it empty in jobs that have no access to it, such as those of a fork or an unprotected branch.",
  })
}

/** As secretText, but an empty secret is valid: a build or a test may allow it. */
export async function readableText(secret: Secret, argument: string): Promise<string> {
  noteUse(secret, MODULE)
  return await secret.plaintext().catch((error) => {
    throw notReadable(argument, errorMessage(error))
  })
}

function notReadable(argument: string, message: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `${argument} to be readable on the machine that runs the command`,
    got: quote(message.replace(/^.*(?=secret env var not found|secret file|no such file)/s, "")),
    fix: "Pass the name of a variable that is set (env:NAME), the path of a file that exists (file:PATH), or a command that succeeds (cmd:COMMAND).",
  })
}
