import { request as requestHttps } from "node:https"
import { rootCertificates } from "node:tls"
import { type ErrorCode, quote, SlipwayError } from "../error.ts"
import { halfJitter, longestPause, retry } from "./concurrency.ts"

/** One HTTP request as plain data: pure functions build it, and only `send` has an effect. */
export type HttpRequest = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  url: string
  headers: Record<string, string>
  body?: string
}
export type HttpResponse = { status: number; body: string }

/**
 * The error to throw if the server does not respond. `outcome` tells what was done until then. `authority` is the PEM
 * certificate of a private authority, trusted in addition to the public ones; `authorityFlag` is the flag that takes it.
 */
type NoResponseContext = {
  code: ErrorCode
  outcome: string
  authority?: string
  authorityFlag?: string
  /** Fewer attempts, and a shorter one; default 4 attempts of 30 s. */
  limits?: RequestLimits
}
type RequestLimits = { attempts: number; seconds: number }

/** Sends a request, with retries after transient failures. It follows no redirect, which could send the token elsewhere. */
export async function send(request: HttpRequest, silence: NoResponseContext): Promise<HttpResponse> {
  const { attempts, seconds } = silence.limits ?? LIMITS
  const { response, error } = await retry(
    () => sendOnce(request, { authority: silence.authority, seconds }),
    (sent, attempt) => {
      if ((sent.error && isUntrusted(sent.error)) || attempt >= attempts) return undefined
      return pauseSeconds({ status: sent.response?.status, retryAfter: sent.retryAfter, attempt }, Math.random())
    },
  )
  if (response) return response
  throw unreachable(request, error, silence)
}

type SendOutcome = { response?: HttpResponse; retryAfter?: string; error?: unknown }

async function sendOnce(
  { url, ...init }: HttpRequest,
  { authority, seconds }: { authority?: string; seconds: number },
): Promise<SendOutcome> {
  try {
    const endpoint = parseEndpoint(url)
    const signal = AbortSignal.timeout(seconds * 1000)
    if (authority && endpoint.startsWith("https:")) return await sendTrusting(endpoint, { ...init, authority, signal })
    const fetched = await fetch(endpoint, { ...init, redirect: "manual", signal })
    const response = { status: fetched.status, body: await fetched.text() }
    return { response, retryAfter: fetched.headers.get("retry-after") ?? undefined }
  } catch (error) {
    if (error instanceof SlipwayError) throw error
    return { error }
  }
}

type TrustingRequest = Omit<HttpRequest, "url"> & { authority: string; signal: AbortSignal }

/** Uses node:https, because `fetch` accepts no certificate of an authority. Follows no redirect either. */
async function sendTrusting(url: string, { body, authority, ...init }: TrustingRequest): Promise<SendOutcome> {
  return await new Promise((resolve, reject) => {
    const options = { ...init, agent: false, ca: [...rootCertificates, authority] }
    const request = requestHttps(url, options, (response) => {
      let text = ""
      response.setEncoding("utf8").on("error", reject)
      response.on("data", (chunk: string) => {
        text += chunk
      })
      const retryAfter = response.headers["retry-after"]
      response.on("end", () => resolve({ response: { status: response.statusCode ?? 0, body: text }, retryAfter }))
    })
    request.on("error", reject).end(body)
  })
}

/** Whether TLS verification failed, which another try does not change. */
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
      ? `Pass the PEM certificate of its authority with ${authorityFlag}.`
      : "Check the address, and that the engine can reach it."
  return new SlipwayError(code, {
    expected: `a response from ${new URL(url).origin}`,
    got: codeOf(error),
    fix: `${fix} ${outcome}`,
  })
}

/** The number of attempts before a request counts as failed. */
export const ATTEMPTS = 4
const LONGEST = 30
const LIMITS: RequestLimits = { attempts: ATTEMPTS, seconds: 30 }

/** The result of one attempt; `status` is undefined if the server did not respond. */
type RequestAttempt = { status?: number; retryAfter?: string; attempt: number }

/** The seconds to wait before the next attempt; undefined if the response is final. */
export function pauseSeconds({ status, retryAfter, attempt }: RequestAttempt, random: number): number | undefined {
  const transient = status === undefined || status === 429 || status >= 500
  if (!transient || attempt >= ATTEMPTS) return undefined
  const requested = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : 0
  return Math.min(LONGEST, Math.max(requested, halfJitter(longestPause(attempt, { base: 1, cap: LONGEST }), random)))
}

/** Requires TLS, because the request carries a token; only a loopback address may use plain HTTP. */
export function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const local = url?.protocol === "http:" && /^(localhost|127\.[0-9.]+|\[::1\])$/.test(url.hostname)
  if (url && (url.protocol === "https:" || local) && !url.username && !url.hash) return text
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "an endpoint that starts with https://",
    got: url?.username ? "an address with a login in it" : quote(text),
    fix: "Pass an https:// address without a login, because the request carries a token. Plain HTTP is allowed for a loopback address only.",
  })
}
