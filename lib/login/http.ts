import { type HttpAnswer, type HttpRequest, send as sendRequest } from "../config/http/send.ts"

export type { HttpAnswer, HttpRequest }

/** A login's call: it comes before everything, so nothing has happened yet when nobody answers. */
export async function send(request: HttpRequest, outcome = "Nothing was pushed."): Promise<HttpAnswer> {
  return await sendRequest(request, { code: "LOGIN_REFUSED", outcome })
}
