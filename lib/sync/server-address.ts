import { parseEndpoint } from "../engine/http.ts"

/** An address that paths can be put after. */
export function parseServer(text: string): string {
  return parseEndpoint(text).replace(/\/+$/, "")
}
