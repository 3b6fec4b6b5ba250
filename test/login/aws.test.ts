import { describe, expect, test } from "vitest"
import {
  assumeRoleRequest,
  authorizationRequest,
  ecrPlace,
  parseAuthorization,
  parseCredentials,
  signRequest,
} from "../../lib/login/aws.ts"
import { parseIdToken } from "../../lib/login/exchange.ts"
import { parseRepository } from "../../lib/oci/reference.ts"
import { jobToken } from "./job-token.ts"

describe("aws role", () => {
  const role = "arn:aws:iam::123456789012:role/push"
  const token = parseIdToken(jobToken(), 0)

  test("requests the role's keys without a signature", () => {
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

  test("reads the keys from the XML", () => {
    const body = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials>
    <AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s/e+c=</SecretAccessKey><SessionToken>t==</SessionToken>
  </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
    const keys = { accessKeyId: "ASIA1", secretAccessKey: "s/e+c=", sessionToken: "t==" }
    expect(parseCredentials({ status: 200, body }, token)).toEqual(keys)
  })

  test("refuses keys without a session token", () => {
    const body = "<AccessKeyId>a</AccessKeyId><SecretAccessKey>hunter2</SecretAccessKey>"
    expect(() => parseCredentials({ status: 200, body }, token)).toThrow("got a response without sessionToken.")
  })

  test.each([
    {
      code: "InvalidIdentityToken",
      message: "No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com",
      fix: /Check the role's trust policy, Principal\.Federated, .* does not match the token's iss\.$/,
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
    { code: "ExpiredTokenException", message: "Token expired: current date", fix: /has expired/ },
    { code: "Throttled", message: "later", fix: /Compare iss with the role's trust policy/ },
  ])("advises which setting to check after $code ($message)", ({ code, message, fix }) => {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
    const read = () => parseCredentials({ status: 403, body }, token)
    expect(read).toThrow(`got HTTP 403: ${code}: ${message}. `)
    expect(read).toThrow('sub "repo:acme@1/app@2:ref:refs/heads/main"')
    expect(read).toThrow(fix)
  })
})

describe("aws signature", () => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-test-suite.html: the suite's keys, time and signatures
  const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" }
  const scope = { region: "us-east-1", service: "service", time: new Date("2015-08-30T12:36:00Z") }
  const place = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"

  test.each([
    { method: "GET" as const, signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
    { method: "POST" as const, signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
  ])("signs a plain $method as in AWS's test suite", ({ method, signature }) => {
    const request = { method, url: "https://example.amazonaws.com/", headers: {} }
    expect(signRequest(request, keys, scope)).toEqual({
      ...request,
      headers: {
        "x-amz-date": "20150830T123600Z",
        authorization: `${place}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
      },
    })
  })

  test("signs every header, the session token and the port", () => {
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
  ])("makes another signature for another $name", ({ change }) => {
    const request = { method: "POST" as const, url: "https://example.test/a", headers: { a: "1" }, body: "{}" }
    const sign = (changed: typeof request) => signRequest(changed, keys, scope).headers["authorization"]
    expect(sign({ ...request, ...change })).not.toBe(sign(request))
  })
})

describe("ecr", () => {
  test.each([
    {
      host: "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
      place: {
        service: "ecr",
        region: "eu-central-1",
        stsEndpoint: "https://sts.eu-central-1.amazonaws.com/",
        ecrEndpoint: "https://api.ecr.eu-central-1.amazonaws.com/",
      },
    },
    {
      host: "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
      place: {
        service: "ecr",
        region: "us-gov-west-1",
        stsEndpoint: "https://sts.us-gov-west-1.amazonaws.com/",
        ecrEndpoint: "https://api.ecr.us-gov-west-1.amazonaws.com/",
      },
    },
    {
      host: "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
      place: {
        service: "ecr",
        region: "cn-north-1",
        stsEndpoint: "https://sts.cn-north-1.amazonaws.com.cn/",
        ecrEndpoint: "https://api.ecr.cn-north-1.amazonaws.com.cn/",
      },
    },
    {
      host: "public.ecr.aws",
      place: {
        service: "ecr-public",
        region: "us-east-1",
        stsEndpoint: "https://sts.us-east-1.amazonaws.com/",
        ecrEndpoint: "https://api.ecr-public.us-east-1.amazonaws.com/",
      },
    },
  ])("reads service and region from $host", ({ host, place }) => {
    expect(ecrPlace(parseRepository(`${host}/app`), {})).toEqual(place)
  })

  test("prefers the given region and endpoints", () => {
    const given = { region: "eu-west-3", stsEndpoint: "https://sts.test/", ecrEndpoint: "https://ecr.test/" }
    expect(ecrPlace(parseRepository("mirror.test/app"), given)).toEqual({ service: "ecr", ...given })
  })

  test.each([
    { host: "ghcr.io", region: undefined, got: '"ghcr.io"' },
    { host: "mirror.test", region: "eu-west-3.evil.test/", got: '"eu-west-3.evil.test/"' },
  ])("needs --region for $host and $region", ({ host, region, got }) => {
    expect(() => ecrPlace(parseRepository(`${host}/app`), { region })).toThrow(`got ${got}. Pass --region`)
  })

  test.each([
    { service: "ecr" as const, target: "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken" },
    { service: "ecr-public" as const, target: "SpencerFrontendService.GetAuthorizationToken" },
  ])("requests a login of $service", ({ service, target }) => {
    const place = { service, region: "r", stsEndpoint: "s", ecrEndpoint: "https://ecr.test/" }
    expect(authorizationRequest(place)).toEqual({
      method: "POST",
      url: "https://ecr.test/",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": target },
      body: "{}",
    })
  })

  const authorizationToken = btoa("AWS:pass:word")
  test.each([
    { name: "the private service in a list", authorizationData: [{ authorizationToken, expiresAt: 1 }] },
    { name: "the public service in an object", authorizationData: { authorizationToken } },
  ])("reads the login of $name", ({ authorizationData }) => {
    const login = parseAuthorization({ status: 200, body: JSON.stringify({ authorizationData }) })
    expect(login).toEqual({ username: "AWS", password: "pass:word" })
  })

  test("refuses an empty list", () => {
    const body = JSON.stringify({ authorizationData: [] })
    expect(() => parseAuthorization({ status: 200, body })).toThrow("got a response without authorizationData.")
  })

  test("names the missing permission after a refusal", () => {
    expect(() => parseAuthorization({ status: 400, body: '{"__type":"AccessDeniedException"}' })).toThrow(
      /got HTTP 400: .*AccessDeniedException.*ecr:GetAuthorizationToken/,
    )
  })
})
