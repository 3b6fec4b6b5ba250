import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { keptOpen } from "./kept-open.ts"

const BEARER = "of the runner"

/** GitHub's runner, which gives a job a new token for each request. */
export type JobTokens = { port: number; bearer: string; tokens: { at: number; exp: number }[] }

/** Serves tokens for Sigstore alone; `token` makes one that is valid for some seconds. */
export async function startJobTokens(token: (seconds: number) => string, seconds: number): Promise<JobTokens> {
  const tokens: JobTokens["tokens"] = []
  const server = keptOpen(
    createServer(({ url = "", headers }, response) => {
      const audience = new URL(url, "http://runner.test").searchParams.get("audience")
      const allowed = headers.authorization === `Bearer ${BEARER}` && audience === "sigstore"
      const now = Date.now() / 1000
      if (allowed) tokens.push({ at: now, exp: Math.floor(now) + seconds })
      response.writeHead(allowed ? 200 : 401).end(JSON.stringify(allowed ? { value: token(seconds) } : {}))
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  server.unref()
  return { port: (server.address() as AddressInfo).port, bearer: BEARER, tokens }
}
