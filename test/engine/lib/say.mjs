/** Messages go to stderr: stdout is for the shell that evaluates it. */
export function say(text) {
  process.stderr.write(`engine: ${text}\n`)
}

/** A failure that is printed as one sentence, without a stack. */
export class Refusal extends Error {
  name = "Refusal"
}
