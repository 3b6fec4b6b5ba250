import { mkdirSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { expect } from "vitest"
import { callShape, type RecordedCall, recordedCalls, recordingOf, stableCalls } from "../gitops/forge/recorded.ts"
import { leaks } from "../leak/search.ts"
import { keptOpen } from "./kept-open.ts"

/** Passes requests on to a forge's API, and records them with their responses. */
export type ApiRecorder = {
  /** The address of the API through the recorder. */
  endpoint: string
  calls: RecordedCall[]
  stop: () => Promise<void>
}

/** The host name of the server in its responses. */
export const RECORDED_HOST = "gitea.test"

/** Records what a client asks the server at `url`; `base` is the path of its API. */
export async function startRecorder(url: string, base: string): Promise<ApiRecorder> {
  const calls: RecordedCall[] = []
  const server = keptOpen(createServer((asked, answer) => void pass({ url, base, calls }, asked, answer)))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const stop = () => new Promise<void>((resolve) => void server.close(() => resolve()))
  return { endpoint: `http://127.0.0.1:${port}${base}`, calls, stop }
}

/**
 * Compares calls with the recording in the fixtures, which they replace if SLIPWAY_RECORD is set: each must be in it, with the
 * same status and fields of the response. No call may have a secret.
 */
export function expectRecording(name: string, calls: RecordedCall[], secrets: Record<string, string>): void {
  const now = stableCalls(calls)
  expect(now).not.toEqual([])
  expect(leaks(JSON.stringify(now), secrets)).toEqual([])
  if (process.env["SLIPWAY_RECORD"]) {
    mkdirSync(new URL(".", recordingOf(name)), { recursive: true })
    writeFileSync(recordingOf(name), `${JSON.stringify(now, undefined, 1)}\n`)
  }
  const known = new Set(recordedCalls(name).map(callShape))
  expect(now.map(callShape).filter((shape) => !known.has(shape))).toEqual([])
}

type Recording = { url: string; base: string; calls: RecordedCall[] }

async function pass({ url, base, calls }: Recording, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const body = await textOf(asked)
  const { method = "", url: path = "", headers } = asked
  const passed = request(`${url}${path}`, { method, headers: { ...headers, host: RECORDED_HOST } })
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    passed.on("response", resolve).on("error", reject).end(body)
  })
  const text = await textOf(response)
  const status = response.statusCode ?? 0
  calls.push({
    request: {
      ...{ method, path: path.slice(base.length), authorization: scheme(headers.authorization) },
      ...(body && { body: JSON.parse(body) }),
    },
    response: { status, ...(text && { body: JSON.parse(text) }) },
  })
  answer.writeHead(status, { "content-type": "application/json" }).end(status === 204 ? undefined : text)
}

async function textOf(stream: IncomingMessage): Promise<string> {
  let text = ""
  for await (const chunk of stream.setEncoding("utf8")) text += chunk
  return text
}

/** Without the token. */
function scheme(authorization = "none"): string {
  return authorization.replace(/ .*/s, "")
}
