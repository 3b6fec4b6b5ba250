import { request as requestHttps } from "node:https"
import { rootCertificates } from "node:tls"
import { type ErrorCode, quote, SlipwayError } from "../error.ts"
import { halfJitter, longestPause, retry } from "./concurrency.ts"

/** A call as it goes over the wire; builders make it, and only `send` makes it happen. */
export type HttpRequest = {
  method: "GET" | "POST" | "PUT" | "PATCH"
  url: string
  headers: Record<string, string>
  body?: string
}
export type HttpResponse = { status: number; body: string }

/**
 * What it means to the caller when nobody answers: the kind of failure, and what was done until then. `authority` is the
 * certificate, as PEM, of the server's own authority, beside the public ones; `authorityFlag` the argument that takes it.
 */
type NoResponseContext = { code: ErrorCode; outcome: string; authority?: string; authorityFlag?: string }

const TIMEOUT_MS = 30_000

/** Makes a call, again after what passes by itself. A redirect is refused: it would take the token elsewhere. */
export async function send(request: HttpRequest, silence: NoResponseContext): Promise<HttpResponse> {
  const { answer, error } = await retry(
    () => sendOnce(request, silence.authority),
    (sent, attempt) => {
      if (sent.error && isUntrusted(sent.error)) return undefined
      return pauseSeconds({ status: sent.answer?.status, retryAfter: sent.retryAfter, attempt }, Math.random())
    },
  )
  if (answer) return answer
  throw unreachable(request, error, silence)
}

type SendOutcome = { answer?: HttpResponse; retryAfter?: string; error?: unknown }

async function sendOnce({ url, ...init }: HttpRequest, authority?: string): Promise<SendOutcome> {
  try {
    const endpoint = parseEndpoint(url)
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    if (authority && endpoint.startsWith("https:")) return await sendTrusting(endpoint, { ...init, authority, signal })
    const response = await fetch(endpoint, { ...init, redirect: "manual", signal })
    const answer = { status: response.status, body: await response.text() }
    return { answer, retryAfter: response.headers.get("retry-after") ?? undefined }
  } catch (error) {
    if (error instanceof SlipwayError) throw error
    return { error }
  }
}

type TrustingRequest = Omit<HttpRequest, "url"> & { authority: string; signal: AbortSignal }

/** `fetch` takes no certificate of an authority. No redirect is followed here either. */
async function sendTrusting(url: string, { body, authority, ...init }: TrustingRequest): Promise<SendOutcome> {
  return await new Promise((resolve, reject) => {
    const options = { ...init, agent: false, ca: [...rootCertificates, authority] }
    const asked = requestHttps(url, options, (response) => {
      let text = ""
      response.setEncoding("utf8").on("error", reject)
      response.on("data", (chunk: string) => {
        text += chunk
      })
      const retryAfter = response.headers["retry-after"]
      response.on("end", () => resolve({ answer: { status: response.statusCode ?? 0, body: text }, retryAfter }))
    })
    asked.on("error", reject).end(body)
  })
}

/** Another try will not mend it. */
function isUntrusted(error: unknown): boolean {
  return /CERT|SELF_SIGNED|ISSUER|UNABLE_TO_VERIFY/.test(codeOf(error))
}

function codeOf(error: unknown): string {
  const { cause, code, name } = error as { cause?: { code?: string }; code?: unknown; name?: string }
  return cause?.code ?? (typeof code === "string" ? code : name) ?? "none"
}

function unreachable({ url }: HttpRequest, error: unknown, silence: NoResponseContext): SlipwayError {
  const { code, outcome, authorityFlag } = silence
  const fix =
    authorityFlag && isUntrusted(error)
      ? `Pass the certificate of its authority, as PEM, with ${authorityFlag}.`
      : "Check the endpoint, and that the engine can reach it."
  return new SlipwayError(code, {
    expected: `an answer of ${new URL(url).origin}`,
    got: codeOf(error),
    fix: `${fix} ${outcome}`,
  })
}

/** How often a call is made before it counts as failed. */
export const ATTEMPTS = 4
const LONGEST = 30

/** What one try came to; without a status nobody answered. */
type RequestAttempt = { status?: number; retryAfter?: string; attempt: number }

/** Seconds to wait before the same call is worth another try; undefined where its answer is final. */
export function pauseSeconds({ status, retryAfter, attempt }: RequestAttempt, random: number): number | undefined {
  const passing = status === undefined || status === 429 || status >= 500
  if (!passing || attempt >= ATTEMPTS) return undefined
  const asked = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : 0
  return Math.min(LONGEST, Math.max(asked, halfJitter(longestPause(attempt, { base: 1, cap: LONGEST }), random)))
}

/** Who sees a token can use it, so it goes over TLS; a fake on the same machine may do without. */
export function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const local = url?.protocol === "http:" && /^(localhost|127\.[0-9.]+|\[::1\])$/.test(url.hostname)
  if (url && (url.protocol === "https:" || local) && !url.username && !url.hash) return text
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "an endpoint that starts with https://",
    got: url?.username ? "one with a login in it" : quote(text),
    fix: "A token that is sent there in the clear could be used by whoever reads it. Plain HTTP is for a loopback address alone.",
  })
}
