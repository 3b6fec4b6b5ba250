import { errorMessage, quote, SlipwayError } from "../error.ts"

/**
 * What the engine says of an image that is not there or not for this login: then it is the caller's word that is wrong.
 * "Permission denied" is what an operating system says, of the engine's own files.
 */
const WRONG =
  /not found|invalid reference|failed to parse image address|pull access denied|insufficient_scope|authorization failed|unauthorized|forbidden|(?<!permission )\bdenied\b|no match for platform|no manifest matches|manifest unknown|status(?: code)?:? 40[134]\b/i

/** A registry that takes the connection and says nothing would be waited for without end. In seconds. */
export const PULL_SECONDS = 900

/** An image that was not waited for any longer. */
export function pulledTooLong(what: string, image: string, seconds = PULL_SECONDS): SlipwayError {
  return pullFailed(what, { image, error: new Error(`no answer of its registry within ${seconds} s`) })
}

/** An image that the engine did not pull. A registry that does not answer says nothing of the image's name. */
export function pullFailed(what: string, { image, error }: { image: string; error: unknown }): SlipwayError {
  const got = quote(errorMessage(error))
  const expected = `an image ${what} that can be pulled, here ${quote(image)}`
  if (WRONG.test(got))
    return new SlipwayError("OPTIONS_INVALID", {
      expected,
      got,
      fix: "Give another one, or mirror it where the engine looks.",
    })
  return new SlipwayError("REGISTRY_FAILED", {
    expected,
    got,
    fix: "The engine or the image's registry failed, not the name: look at that, and at the engine's network and disk.",
  })
}
