import { expect, test } from "vitest"
import { parseServer } from "../../lib/sync/server-address.ts"

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

test("a token never goes in the clear", () => {
  expect(() => parseServer("http://10.0.0.1:8080")).toThrow(
    "OPTIONS_INVALID: expected an endpoint that starts with https://",
  )
})
