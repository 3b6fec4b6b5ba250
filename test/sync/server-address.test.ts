import { expect, test } from "vitest"
import { parseServer } from "../../src/sync/server-address.ts"

test.each([
  { text: "https://10.0.0.1:6443", server: "https://10.0.0.1:6443" },
  { text: "https://[fd00::1]:6443/", server: "https://[fd00::1]:6443" },
  {
    text: "https://rancher.acme.internal/k8s/clusters/c-1//",
    server: "https://rancher.acme.internal/k8s/clusters/c-1",
  },
  { text: "http://127.0.0.1:8001", server: "http://127.0.0.1:8001" },
])("takes $text", ({ text, server }) => {
  expect(parseServer(text)).toBe(server)
})

test.each([
  "http://10.0.0.1:8080",
  "http://localhost.acme.example",
  "10.0.0.1:6443",
  "https://10.0.0.1/?a=b",
  "https://10.0.0.1/#a",
  "",
])("refuses %j, since the token would be readable or the path another", (text) => {
  expect(() => parseServer(text)).toThrow(
    `OPTIONS_INVALID: expected the API's address, such as https://10.0.0.1:6443, got ${JSON.stringify(text)}.`,
  )
})

test("a login in the address is not shown", () => {
  expect(() => parseServer("https://admin:hunter2@10.0.0.1")).toThrow("got one with a login in it")
  expect(() => parseServer("https://admin:hunter2@10.0.0.1")).not.toThrow("hunter2")
})
