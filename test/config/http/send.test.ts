import type { RequestListener } from "node:http"
import { expect, onTestFinished, test } from "vitest"
import { send } from "../../../lib/config/http/send.ts"
import { readBody, startTlsServer } from "../../e2e/tls-server.ts"

const SILENCE = {
  code: "FORGE_REFUSED" as const,
  outcome: "Nothing was opened.",
  authorityFlag: "--git-ca-certificate",
}

/** A server whose certificate comes from an authority of its own, as a company's forge has it. */
async function privateServer(answer: RequestListener) {
  const server = await startTlsServer("localhost", answer)
  onTestFinished(server.stop)
  return { ...server, url: `https://localhost:${server.port}/api` }
}

test("a server of a private authority is believed with that authority's certificate, and asked as any other", async () => {
  const { url, authority } = await privateServer(async (asked, answer) => {
    const { method, url: path, headers } = asked
    answer.writeHead(201, { "content-type": "text/plain" })
    answer.end([method, path, headers.authorization, await readBody(asked)].join(" "))
  })
  const request = { method: "POST" as const, url, headers: { authorization: "Bearer t" }, body: "{}" }
  const answer = await send(request, { ...SILENCE, authority })
  expect(answer).toEqual({ status: 201, body: "POST /api Bearer t {}" })
})

test("a redirect is no reason to take the token elsewhere", async () => {
  const { url, authority } = await privateServer((_, answer) => {
    answer.writeHead(302, { location: "https://elsewhere.test/" })
    answer.end()
  })
  expect(await send({ method: "GET", url, headers: {} }, { ...SILENCE, authority })).toEqual({ status: 302, body: "" })
})

test("what stumbles is asked again", async () => {
  let asked = 0
  const { url, authority } = await privateServer((_, answer) => {
    answer.statusCode = ++asked > 1 ? 200 : 503
    answer.end()
  })
  expect(await send({ method: "GET", url, headers: {} }, { ...SILENCE, authority })).toMatchObject({ status: 200 })
})

test("without it the certificate to pass is named at once: another try would mend nothing", async () => {
  const { url, port } = await privateServer((_, answer) => void answer.end())
  const began = Date.now()
  await expect(send({ method: "GET", url, headers: {} }, SILENCE)).rejects.toThrow(
    new RegExp(
      `^FORGE_REFUSED: expected an answer of https://localhost:${port}, got (DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\\. Pass the certificate of its authority, as PEM, with --git-ca-certificate\\. Nothing was opened\\.$`,
    ),
  )
  expect(Date.now() - began).toBeLessThan(400)
})
