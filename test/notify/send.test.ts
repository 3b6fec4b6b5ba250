import { createHmac } from "node:crypto"
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import type { Secret } from "@dagger.io/dagger"
import { describe, expect, onTestFinished, test } from "vitest"
import { Notification } from "../../lib/notify/notification.ts"
import { type NotificationContent, type NotifyOptions, notify, signBody } from "../../lib/notify/send.ts"

const content: NotificationContent = { ok: true, title: "Shipped", subjects: [{ image: "ghcr.io/acme/app@sha256:0a" }] }
const options: NotifyOptions = { format: "json", on: ["failure", "success", "newFindings"], timeout: 1 }
const secret = (value: string) => ({ plaintext: async () => value }) as Secret

async function listen(handle: RequestListener): Promise<string> {
  const server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Received = { method?: string; url?: string; headers: IncomingHttpHeaders; body: string }

async function receive(status = 200): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = []
  const url = await listen(async (request, response) => {
    let body = ""
    for await (const chunk of request) body += chunk
    received.push({ method: request.method, url: request.url, headers: request.headers, body })
    response.writeHead(status).end("the webhook's own words")
  })
  return { url, received }
}

test("a body is signed over all its bytes", () => {
  // echo -n '{"a":"ä"}' | openssl dgst -sha256 -hmac key
  expect(signBody('{"a":"ä"}', "key")).toBe(
    `sha256=${createHmac("sha256", "key").update(Buffer.from('{"a":"ä"}')).digest("hex")}`,
  )
  expect(signBody("what do ya want for nothing?", "Jefe")).toBe(
    "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  )
})

test("sends the document with its signature", async () => {
  const { url, received } = await receive()
  const outcome = await notify(content, { ...options, url: `${url}/hook`, key: secret("key\n") })
  expect(outcome).toEqual({ event: "success", status: "sent", host: new URL(url).host })
  const [{ method, url: path, headers, body }] = received as [Received]
  expect({ method, path, type: headers["content-type"] }).toEqual({
    ...{ method: "POST", path: "/hook", type: "application/json" },
  })
  expect(headers["x-slipway-signature-256"]).toBe(signBody(body, "key"))
  expect(Notification.parse(JSON.parse(body))).toMatchObject({ ...content, version: 1, event: "success" })
})

test("sends to an address that is a secret, unsigned without a key", async () => {
  const { url, received } = await receive()
  await notify(content, { ...options, url: "https://unused.example", secretUrl: secret(`${url}/T0/B0/x\n`) })
  expect(received[0]?.url).toBe("/T0/B0/x")
  expect(received[0]?.headers).not.toHaveProperty("x-slipway-signature-256")
})

test("sends nothing for an event that is not wanted", async () => {
  const { url, received } = await receive()
  expect(await notify(content, { ...options, url, on: ["failure"] })).toBeUndefined()
  expect(received).toEqual([])
})

describe("a failure is an outcome, never an error, and has no address and no words of the webhook", () => {
  const failing = async (own: Partial<NotifyOptions>) => await notify(content, { ...options, ...own })

  test("of a webhook that answers 500, after a second try", async () => {
    const { url, received } = await receive(500)
    const outcome = await failing({ secretUrl: secret(`${url}/T0/B0/hidden`) })
    expect(outcome).toMatchObject({ event: "success", status: "failed", host: new URL(url).host })
    expect(outcome?.message).toMatch(/^NOTIFY_FAILED: expected the webhook to accept the message, got HTTP 500\. /)
    expect(JSON.stringify(outcome)).not.toMatch(/hidden|own words/)
    expect(received).toHaveLength(2)
  })

  test("of a webhook that hangs, within its time", async () => {
    const url = await listen(() => {})
    const start = Date.now()
    const outcome = await failing({ secretUrl: secret(`${url}/T0/B0/hidden`) })
    expect(outcome).toMatchObject({ status: "failed" })
    expect(outcome?.message).toMatch(/^NOTIFY_FAILED: expected a response from http:\/\/127\.0\.0\.1:\d+, got /)
    expect(outcome?.message).not.toContain("hidden")
    expect(Date.now() - start).toBeLessThan(5000)
  })

  test.each([
    { name: "an address that is none", own: { secretUrl: secret("T0/B0/hidden") }, got: "something else" },
    { name: "plain HTTP", own: { secretUrl: secret("http://hooks.example/hidden") }, got: "something else" },
    { name: "no address", own: {}, got: "none" },
    { name: "an empty secret", own: { secretUrl: secret("") }, got: "an empty value" },
  ])("of $name", async ({ own, got }) => {
    const outcome = await failing(own)
    expect(outcome).toMatchObject({ status: "failed" })
    expect(outcome?.message).toContain(`got ${got}`)
    expect(outcome?.message).not.toContain("hidden")
  })
})
