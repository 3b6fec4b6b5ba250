import { type ErrorCode, SlipwayError } from "../../error.ts"
import { parseEndpoint } from "./endpoint.ts"
import { pauseSeconds } from "./patience.ts"

/** A call as it goes over the wire; builders make it, and only `send` makes it happen. */
export type HttpRequest = {
  method: "GET" | "POST" | "PUT" | "PATCH"
  url: string
  headers: Record<string, string>
  body?: string
}
export type HttpAnswer = { status: number; body: string }

/** What it means to the caller when nobody answers: the kind of failure, and what was done until then. */
export type Silence = { code: ErrorCode; outcome: string }

const TIMEOUT_MS = 30_000

/** Makes a call, again after what passes by itself. A redirect is refused: it would take the token elsewhere. */
export async function send(request: HttpRequest, silence: Silence): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    const { answer, retryAfter, error } = await sendOnce(request)
    const seconds = pauseSeconds({ status: answer?.status, retryAfter, attempt }, Math.random())
    if (seconds === undefined && answer) return answer
    if (seconds === undefined) throw unreachable(request, error, silence)
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  }
}

type Sent = { answer?: HttpAnswer; retryAfter?: string; error?: unknown }

async function sendOnce({ url, ...init }: HttpRequest): Promise<Sent> {
  try {
    const response = await fetch(parseEndpoint(url), {
      ...init,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const answer = { status: response.status, body: await response.text() }
    return { answer, retryAfter: response.headers.get("retry-after") ?? undefined }
  } catch (error) {
    if (error instanceof SlipwayError) throw error
    return { error }
  }
}

function unreachable({ url }: HttpRequest, error: unknown, { code, outcome }: Silence): SlipwayError {
  const { cause, name } = error as { cause?: { code?: string }; name?: string }
  return new SlipwayError(code, {
    expected: `an answer of ${new URL(url).origin}`,
    got: cause?.code ?? name ?? "none",
    fix: `Check the endpoint, and that the engine can reach it. ${outcome}`,
  })
}
