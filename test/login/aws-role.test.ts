import { expect, test } from "vitest"
import { assumeRoleRequest, parseCredentials } from "../../lib/login/aws-role.ts"
import { parseIdToken } from "../../lib/login/claims.ts"
import { jobToken } from "./job-token.ts"

const role = "arn:aws:iam::123456789012:role/push"
const token = parseIdToken(jobToken(), 0)

test("asks for the role's keys without a signature", () => {
  const request = assumeRoleRequest("https://sts.test/", { role, jwt: "a.b.c", sessionName: "slipway" })
  expect(request).toEqual({
    method: "POST",
    url: "https://sts.test/",
    headers: { accept: "application/xml", "content-type": "application/x-www-form-urlencoded" },
    body:
      "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpush" +
      "&RoleSessionName=slipway&WebIdentityToken=a.b.c&DurationSeconds=900",
  })
})

test("reads the keys out of the XML", () => {
  const body = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials>
    <AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s/e+c=</SecretAccessKey><SessionToken>t==</SessionToken>
  </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
  const keys = { accessKeyId: "ASIA1", secretAccessKey: "s/e+c=", sessionToken: "t==" }
  expect(parseCredentials({ status: 200, body }, token)).toEqual(keys)
})

test("keys without a session token are none", () => {
  const body = "<AccessKeyId>a</AccessKeyId><SecretAccessKey>hunter2</SecretAccessKey>"
  expect(() => parseCredentials({ status: 200, body }, token)).toThrow("got something else: sessionToken.")
})

test.each([
  {
    code: "InvalidIdentityToken",
    message: "No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com",
    fix: /Look at the role's trust policy, Principal\.Federated, .* does not match the token's iss\.$/,
  },
  {
    code: "InvalidIdentityToken",
    message: "Incorrect token audience",
    fix: /client IDs .* does not match the token's aud\.$/,
  },
  {
    code: "AccessDenied",
    message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    fix: /Condition on …:sub .* does not match the token's sub\.$/,
  },
  { code: "ExpiredTokenException", message: "Token expired: current date", fix: /The token has expired/ },
  { code: "Throttled", message: "later", fix: /Compare iss with the role's trust policy/ },
])("a refusal with $code ($message) says where to look", ({ code, message, fix }) => {
  const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
  const read = () => parseCredentials({ status: 403, body }, token)
  expect(read).toThrow(`got HTTP 403: ${code}: ${message}. `)
  expect(read).toThrow('sub "repo:acme@1/app@2:ref:refs/heads/main"')
  expect(read).toThrow(fix)
})
