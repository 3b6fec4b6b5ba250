import { expect, test } from "vitest"
import { authorizationRequest, ecrPlace, parseAuthorization } from "../../lib/login/ecr.ts"
import { parseRepository } from "../../lib/oci/reference.ts"

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
])("$host says which service and region", ({ host, place }) => {
  expect(ecrPlace(parseRepository(`${host}/app`), {})).toEqual(place)
})

test("what is given wins over what the name says", () => {
  const given = { region: "eu-west-3", stsEndpoint: "https://sts.test/", ecrEndpoint: "https://ecr.test/" }
  expect(ecrPlace(parseRepository("mirror.test/app"), given)).toEqual({ service: "ecr", ...given })
})

test.each([
  { host: "ghcr.io", region: undefined, got: '"ghcr.io"' },
  { host: "mirror.test", region: "eu-west-3.evil.test/", got: '"eu-west-3.evil.test/"' },
])("a region that cannot be had from $host and $region is asked for", ({ host, region, got }) => {
  expect(() => ecrPlace(parseRepository(`${host}/app`), { region })).toThrow(`got ${got}. Give --region`)
})

test.each([
  { service: "ecr" as const, target: "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken" },
  { service: "ecr-public" as const, target: "SpencerFrontendService.GetAuthorizationToken" },
])("asks $service for a login", ({ service, target }) => {
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
  { name: "the private service, a list", authorizationData: [{ authorizationToken, expiresAt: 1 }] },
  { name: "the public service, one object", authorizationData: { authorizationToken } },
])("reads the login of $name", ({ authorizationData }) => {
  const login = parseAuthorization({ status: 200, body: JSON.stringify({ authorizationData }) })
  expect(login).toEqual({ username: "AWS", password: "pass:word" })
})

test("an empty list is no login", () => {
  const body = JSON.stringify({ authorizationData: [] })
  expect(() => parseAuthorization({ status: 200, body })).toThrow("got something else: authorizationData.")
})

test("a refusal names the permission that is missing", () => {
  expect(() => parseAuthorization({ status: 400, body: '{"__type":"AccessDeniedException"}' })).toThrow(
    /got HTTP 400: .*AccessDeniedException.*ecr:GetAuthorizationToken/,
  )
})
