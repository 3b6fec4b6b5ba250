import { createServer as createHttp, type Server } from "node:http"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { isAccepted, probe } from "../../../lib/smoke/program/probe.ts"

let server: Server
let port: number
beforeAll(async () => {
  server = createHttp(({ url, headers }, response) => {
    response.writeHead(url === "/missing" ? 404 : 200, { "x-host": headers.host ?? "" }).end("body")
  }).listen(0)
  await new Promise((ready) => server.once("listening", ready))
  port = (server.address() as { port: number }).port
})
afterAll(() => server.close())

describe("a probe of ports", () => {
  test("passes if one of them answers", async () => {
    expect(await probe({ kind: "port", ports: [1, port] }, {})).toEqual({ ok: true, text: `port ${port} answered` })
  })

  test("names all of them if none does", async () => {
    expect(await probe({ kind: "port", ports: [1, 2] }, {})).toEqual({
      ok: false,
      text: "nothing answers on port 1 or 2",
    })
  })
})

describe("a probe by HTTP", () => {
  test.each([
    { path: "/", status: [], ok: true, code: 200 },
    { path: "/missing", status: [], ok: false, code: 404 },
    { path: "/missing", status: [200, 404], ok: true, code: 404 },
  ])("of $path with the statuses $status is $ok", async ({ path, status, ok, code }) => {
    const text = `GET ${path} on port ${port} returned ${code}`
    expect(await probe({ kind: "http", port, path, status }, {})).toEqual({ ok, text })
  })

  test("names a port at which nothing listens", async () => {
    const result = await probe({ kind: "http", port: 1, path: "/", status: [] }, {})
    expect(result).toEqual({ ok: false, text: "nothing answers on port 1" })
  })

  test.each([
    [199, false],
    [200, true],
    [399, true],
    [400, false],
  ])("accepts %i without a list: %s", (code, accepted) => {
    expect(isAccepted(code, [])).toBe(accepted)
  })
})

describe("a health check", () => {
  const env = { PATH: process.env["PATH"] ?? "", ANSWER: "7" }
  const run = (script: string, timeout = 10) =>
    probe({ kind: "health", command: [process.execPath, "-e", script], timeout }, env)

  test("passes with exit code 0, in the environment of the image", async () => {
    const result = await run("process.exit(process.env.ANSWER === '7' ? 0 : 1)")
    expect(result).toMatchObject({ ok: true, text: expect.stringMatching(/^its health check ".*" passed$/) })
  })

  test("fails with another exit code, and shows the end of its output", async () => {
    const result = await run("console.log('no database'); process.exit(3)")
    expect(result).toMatchObject({ ok: false, text: expect.stringMatching(/ ended with 3: no database$/) })
  })

  test("is killed at its own limit", async () => {
    expect(await run("setTimeout(() => {}, 9e6)", 0.2)).toMatchObject({
      ok: false,
      text: expect.stringMatching(/SIGKILL$/),
    })
  })

  test("that does not exist is not healthy", async () => {
    const result = await probe({ kind: "health", command: ["/none/check"], timeout: 1 }, env)
    expect(result).toMatchObject({ ok: false, text: expect.stringContaining("could not run") })
  })
})
