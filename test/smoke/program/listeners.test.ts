import { createServer } from "node:net"
import { expect, test } from "vitest"
import { parseListeners, readListeners } from "../../../lib/smoke/program/listeners.ts"

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
const V4 = `${HEAD}   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1
   2: 0100007F:1F91 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 3 1
`
const V6 = `${HEAD}   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:0 0 0 0 4
   1: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:0 0 0 0 5
   2: 00000000000000000000000000000000:0052 00000000000000000000000000000000:0000 0A 00000000:00000000 00:0 0 0 0 6
`

test("reads listening sockets alone, and which are on a loopback address", () => {
  expect(parseListeners(V4)).toEqual([
    { port: 8080, loopback: true },
    { port: 80, loopback: false },
  ])
  expect(parseListeners(V6)).toEqual([
    { port: 80, loopback: true },
    { port: 81, loopback: true },
    { port: 82, loopback: false },
  ])
})

test("lists each port once, as loopback only if it has no other address", () => {
  expect(readListeners((path) => (path.endsWith("6") ? V6 : V4))).toEqual([
    { port: 80, loopback: false },
    { port: 81, loopback: true },
    { port: 82, loopback: false },
    { port: 8080, loopback: true },
  ])
})

test("does without the second table where the kernel has no IPv6", () => {
  const read = (path: string) => {
    if (path.endsWith("6")) throw new Error("ENOENT")
    return V4
  }
  expect(readListeners(read).map(({ port }) => port)).toEqual([80, 8080])
})

test("finds a real listener of this machine", async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await new Promise((ready) => server.once("listening", ready))
  const { port } = server.address() as { port: number }
  expect(readListeners()).toContainEqual({ port, loopback: true })
  server.close()
})
