import { type HttpRequest, type HttpResponse, send as sendRequest } from "../engine/http.ts"

/** A login's call: it comes before everything, so nothing has happened yet when nobody answers. */
export async function send(request: HttpRequest, outcome = "Nothing was pushed."): Promise<HttpResponse> {
  return await sendRequest(request, { code: "LOGIN_REFUSED", outcome })
}
