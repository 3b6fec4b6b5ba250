import type { Document } from "yaml"
import type { SlipwayError } from "../error.ts"
import { errorMessage } from "../error.ts"

/**
 * How often the aliases of one file may be resolved, those within another one multiplied. Jobs or services that share a
 * block by its anchor are hundreds; an attack that grows by each level needs far more.
 */
export const MOST_ALIASES = 10_000

/** The value of a document, its aliases resolved; what keeps them from that is the error that the caller makes of it. */
export function documentValue(document: Pick<Document, "toJS">, invalid: (got: string) => SlipwayError): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch (error) {
    throw invalid(errorMessage(error).split("\n")[0] ?? "")
  }
}
