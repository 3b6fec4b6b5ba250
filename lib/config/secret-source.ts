import type { Secret } from "@dagger.io/dagger"

/** A secret, or the way to one that lives for minutes and is therefore asked for right before it is used. */
export type SecretSource = Secret | (() => Promise<Secret>)

export async function openSecret(source: SecretSource): Promise<Secret> {
  return typeof source === "function" ? await source() : source
}

/** Asks again for what is older than that; who asks at the same time shares one answer, and a failure is not kept. */
export function renewed<T>(ask: () => Promise<T>, seconds: number, now: () => number = Date.now): () => Promise<T> {
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
