import { expect, test } from "vitest"
import { parseEndpoint } from "../../../lib/config/http/endpoint.ts"

test.each([
  "https://sts.eu-west-1.amazonaws.com/",
  "http://127.0.0.1:8080/v1",
  "http://localhost:1",
  "http://[::1]:1/",
])("a token may go to %s", (text) => {
  expect(parseEndpoint(text)).toBe(text)
})

test.each([
  { text: "http://sts.amazonaws.com/", got: '"http://sts.amazonaws.com/"' },
  { text: "http://127.0.0.1.evil.test/", got: '"http://127.0.0.1.evil.test/"' },
  { text: "http://localhost.evil.test/", got: '"http://localhost.evil.test/"' },
  { text: "ftp://127.0.0.1/", got: '"ftp://127.0.0.1/"' },
  { text: "sts.amazonaws.com", got: '"sts.amazonaws.com"' },
  { text: "https://user:hunter2@sts.amazonaws.com/", got: "one with a login in it" },
])("and not to $text", ({ text, got }) => {
  expect(() => parseEndpoint(text)).toThrow(
    `OPTIONS_INVALID: expected an endpoint that starts with https://, got ${got}. `,
  )
  expect(() => parseEndpoint(text)).not.toThrow("hunter2")
})
