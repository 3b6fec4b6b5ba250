import type { Secret } from "@dagger.io/dagger"
import { errorMessage, quote, SlipwayError } from "../error.ts"

/** A secret, or the way to one that lives for minutes and is therefore asked for right before it is used. */
export type SecretSource = Secret | (() => Promise<Secret>)

export async function openSecret(source: SecretSource): Promise<Secret> {
  return typeof source === "function" ? await source() : source
}

/** Asks again for what is older than that; who asks at the same time shares one answer, and a failure is not kept. */
export function renewAfter<T>(ask: () => Promise<T>, seconds: number, now: () => number = Date.now): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | undefined
  return async () => {
    if (last && now() - last.at <= seconds * 1000) return await last.answer
    const asked = { at: now(), answer: ask() }
    last = asked
    asked.answer.catch(() => {
      if (last === asked) last = undefined
    })
    return await asked.answer
  }
}

/**
 * The text of a secret, for a format that has to hold it. `argument` is its name for the caller. One that is not there, or
 * empty, as a CI secret is in a job that may not see it, is told as that: a server would call it a wrong password.
 */
export async function secretText(secret: Secret, argument: string): Promise<string> {
  const text = await readableText(secret, argument)
  if (text.trim()) return text
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a value for ${argument}`,
    got: "an empty one",
    fix: "A CI secret that is not set, or that this job may not see (a fork, an unprotected branch), is empty.",
  })
}

/** The same where nothing is a value too: a build or a test decides itself what it does without. */
export async function readableText(secret: Secret, argument: string): Promise<string> {
  return await secret.plaintext().catch((error) => {
    throw notReadable(argument, errorMessage(error))
  })
}

function notReadable(argument: string, message: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `${argument} to be readable where the command runs`,
    got: quote(message.replace(/^.*(?=secret env var not found|secret file|no such file)/s, "")),
    fix: "Name a variable that is set (env:NAME), a file that is there (file:PATH), or a command that succeeds (cmd:COMMAND).",
  })
}
