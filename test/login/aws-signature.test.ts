import { expect, test } from "vitest"
import { signRequest } from "../../lib/login/aws-signature.ts"

// https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-test-suite.html: the suite's keys, time and signatures
const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" }
const scope = { region: "us-east-1", service: "service", time: new Date("2015-08-30T12:36:00Z") }
const place = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"

test.each([
  { method: "GET" as const, signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
  { method: "POST" as const, signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
])("signs a plain $method as the suite does", ({ method, signature }) => {
  const request = { method, url: "https://example.amazonaws.com/", headers: {} }
  expect(signRequest(request, keys, scope)).toEqual({
    ...request,
    headers: {
      "x-amz-date": "20150830T123600Z",
      authorization: `${place}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    },
  })
})

test("signs every header, the session's token and the port", () => {
  const request = {
    method: "POST" as const,
    url: "http://127.0.0.1:99/x",
    headers: { "x-amz-target": "T" },
    body: "{}",
  }
  const { headers } = signRequest(request, { ...keys, sessionToken: "st" }, scope)
  expect(headers["x-amz-security-token"]).toBe("st")
  expect(headers["authorization"]).toContain("SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target, ")
})

test.each([
  { name: "body", change: { body: "[]" } },
  { name: "path", change: { url: "https://example.test/b" } },
  { name: "port", change: { url: "https://example.test:8443/a" } },
  { name: "header", change: { headers: { a: "2" } } },
])("another $name is another signature", ({ change }) => {
  const request = { method: "POST" as const, url: "https://example.test/a", headers: { a: "1" }, body: "{}" }
  const sign = (asked: typeof request) => signRequest(asked, keys, scope).headers["authorization"]
  expect(sign({ ...request, ...change })).not.toBe(sign(request))
})
