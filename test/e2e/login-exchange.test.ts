import { randomUUID } from "node:crypto"
import { type Directory, dag, type Secret, type Service } from "@dagger.io/dagger"
import { afterEach, beforeAll, describe, expect, test } from "vitest"
import { signRequest } from "../../lib/login/aws.ts"
import { jobToken } from "../login/job-token.ts"
import { daggerCall } from "./dagger-call.ts"
import { type FakeProvider, type Says, startProvider } from "./fake-provider.ts"
import { PASSWORD, startProtectedRegistry } from "./protected-registry.ts"
import { imageLayout, LODASH } from "./scan-image.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

useEngine()

const ADDRESS = "registry.test:5000/team/app"
const FORM = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" }
const TOKEN_EXCHANGE = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
const jwt = jobToken()
const secret = (value: string) => dag.setSecret(randomUUID(), value)
const json = (body: unknown): Says => ({ body: JSON.stringify(body) })

let image: Directory
let registry: Service
beforeAll(async () => {
  image = imageLayout({ "linux/amd64": LODASH })
  registry = (await startProtectedRegistry()).service
})

let provider: FakeProvider
afterEach(() => provider?.stop())
async function says(answers: Record<string, Says[]>): Promise<string> {
  provider = await startProvider(answers)
  return provider.url
}

/** Pushes with a login, which proves that the registry accepts it. */
function push(login: Secret): Promise<string> {
  return slipway({ registryConfig: login, registryService: registry, plainHttp: true }).publish(image, ADDRESS)
}

const KEYS = { accessKeyId: "ASIAFIXTURE", secretAccessKey: "fixture/secret+key", sessionToken: "fixture-session==" }
const LENT = `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>${KEYS.accessKeyId}</AccessKeyId><SecretAccessKey>${KEYS.secretAccessKey}</SecretAccessKey>
<SessionToken>${KEYS.sessionToken}</SessionToken></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
const ROLE = "arn:aws:iam::123456789012:role/push"
const ECR_LOGIN = json({ authorizationData: [{ authorizationToken: btoa(`AWS:${PASSWORD}`) }] })

/** Logs in to ECR with both endpoints at the fake. */
function ecrLogin(url: string, { token = secret(jwt), audience }: { token?: Secret | null; audience?: string } = {}) {
  const request = { requestUrl: secret(`${url}/idtoken?api-version=2.0`), requestToken: secret("runner-token") }
  const given = [token ?? undefined, audience, undefined, "eu-west-1", `${url}/sts`, `${url}/ecr`] as const
  return slipway(token ? {} : request).login.ecr(ADDRESS, ROLE, ...given)
}

describe("a job's token is exchanged for a login to", () => {
  test("Amazon ECR, with the role's keys and a signed request", async () => {
    const url = await says({ "/sts": [{ body: LENT }], "/ecr": [ECR_LOGIN] })
    expect(await push(await ecrLogin(url))).toMatch(/^registry\.test:5000\/team\/app@sha256:/)
    const [sts, ecr] = provider.asked
    expect(sts).toEqual({
      method: "POST",
      path: "/sts",
      headers: { accept: "application/xml", "content-type": "application/x-www-form-urlencoded" },
      body: `Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=${encodeURIComponent(ROLE)}&RoleSessionName=slipway&WebIdentityToken=${jwt}&DurationSeconds=900`,
    })
    const stamp = ecr?.headers["x-amz-date"] ?? ""
    const time = new Date(stamp.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"))
    expect(Math.abs(Date.now() - time.getTime())).toBeLessThan(60_000)
    const headers = {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
    }
    const request = { method: "POST" as const, url: `${url}/ecr`, headers, body: "{}" }
    const signed = signRequest(request, KEYS, { region: "eu-west-1", service: "ecr", time })
    expect(ecr).toEqual({ method: "POST", path: "/ecr", headers: { accept: "*/*", ...signed.headers }, body: "{}" })
  })

  test("Google Artifact Registry, as a service account", async () => {
    const name = "projects/42/locations/global/workloadIdentityPools/ci/providers/github"
    const account = "push@acme.iam.gserviceaccount.com"
    const act = `/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`
    const url = await says({
      "/v1/token": [json({ access_token: "federated", token_type: "Bearer" })],
      [act]: [json({ accessToken: PASSWORD })],
    })
    const given = [secret(jwt), account, undefined, `${url}/v1/token`, url] as const
    expect(await push(await slipway().login.google(ADDRESS, name, ...given))).toMatch(/@sha256:/)
    const headers = { accept: "*/*", "content-type": "application/json" }
    const scope = "https://www.googleapis.com/auth/cloud-platform"
    expect(provider.asked).toEqual([
      {
        method: "POST",
        path: "/v1/token",
        headers,
        body: JSON.stringify({
          grantType: "urn:ietf:params:oauth:grant-type:token-exchange",
          audience: `//iam.googleapis.com/${name}`,
          scope,
          requestedTokenType: "urn:ietf:params:oauth:token-type:access_token",
          subjectToken: jwt,
          subjectTokenType: "urn:ietf:params:oauth:token-type:jwt",
        }),
      },
      {
        method: "POST",
        path: act,
        headers: { ...headers, authorization: "Bearer federated" },
        body: JSON.stringify({ scope: [scope], lifetime: "3600s" }),
      },
    ])
  })

  test("an Azure registry, through an app's federated credential", async () => {
    const url = await says({
      "/tenant-id/oauth2/v2.0/token": [json({ access_token: "entra" })],
      "/oauth2/exchange": [json({ refresh_token: PASSWORD })],
    })
    const given = [secret(jwt), undefined, url, url] as const
    expect(await push(await slipway().login.azure(ADDRESS, "tenant-id", "client-id", ...given))).toMatch(/@sha256:/)
    const assertion = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
    const scope = encodeURIComponent("https://containerregistry.azure.net/.default")
    expect(provider.asked).toEqual([
      {
        method: "POST",
        path: "/tenant-id/oauth2/v2.0/token",
        headers: FORM,
        body: `grant_type=client_credentials&client_id=client-id&scope=${scope}&client_assertion_type=${assertion}&client_assertion=${jwt}`,
      },
      {
        method: "POST",
        path: "/oauth2/exchange",
        headers: FORM,
        body: "grant_type=access_token&service=registry.test%3A5000&tenant=tenant-id&access_token=entra",
      },
    ])
  })

  test("Docker Hub, through an organisation's connection", async () => {
    const url = await says({ "/oauth/token": [json({ access_token: PASSWORD })] })
    const given = [secret(jwt), 600, undefined, `${url}/oauth/token`] as const
    expect(await push(await slipway().login.dockerHub(ADDRESS, "acme", "connection-id", ...given))).toMatch(/@sha256:/)
    const type = "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aid_token"
    const body = `grant_type=${TOKEN_EXCHANGE}&subject_token_type=${type}&subject_token=${jwt}&connection_id=connection-id&expires_in=600`
    expect(provider.asked).toEqual([{ method: "POST", path: "/oauth/token", headers: FORM, body }])
  })
})

test("requests GitHub's token when it is used, for the provider's audience", async () => {
  const url = await says({ "/idtoken": [json({ value: jwt })], "/sts": [{ body: LENT }], "/ecr": [ECR_LOGIN] })
  await ecrLogin(url, { token: null, audience: "sts.amazonaws.com.cn" })
  expect(provider.asked[0]).toEqual({
    method: "GET",
    path: "/idtoken?api-version=2.0&audience=sts.amazonaws.com.cn",
    headers: { accept: "application/json", authorization: "Bearer runner-token" },
    body: "",
  })
  expect(provider.asked[1]?.body).toContain(`WebIdentityToken=${jwt}`)
})

test("retries a busy provider, but not a refusal", async () => {
  const busy: Says = { status: 503, headers: { "retry-after": "0" }, body: "busy" }
  const url = await says({ "/sts": [busy, { body: LENT }], "/ecr": [{ status: 400, body: "AccessDeniedException" }] })
  await expect(ecrLogin(url)).rejects.toThrow(/^LOGIN_REFUSED: .*AccessDeniedException.*ecr:GetAuthorizationToken/)
  expect(provider.asked.map(({ path }) => path)).toEqual(["/sts", "/sts", "/ecr"])
})

test("shows the token's claims and the setting to check after a refusal, without any secret", async () => {
  const words = `Not authorized to perform sts:AssumeRoleWithWebIdentity with ${jwt}`
  const body = `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${words}</Message></Error></ErrorResponse>`
  const url = await says({ "/sts": [{ status: 403, body }] })
  const refused = await ecrLogin(url).then(String, String)
  expect(refused).toContain("LOGIN_REFUSED: expected AWS STS to give the role's credentials for a token with iss ")
  expect(refused).toContain('sub "repo:acme@1/app@2:ref:refs/heads/main", got HTTP 403: AccessDenied: Not authorized')
  expect(refused).toMatch(/Condition on …:sub .*: it does not match the token's sub\.$/)
  for (const part of jwt.split(".")) expect(refused).not.toContain(part)
  expect(provider.asked).toHaveLength(1)
})

test.each([
  { name: "an expired token", token: () => secret(jobToken({ exp: 1 })), error: /^LOGIN_REFUSED: .*expired at 1970-/ },
  { name: "an invalid token", token: () => secret("ghs_x"), error: /^OPTIONS_INVALID: expected an OIDC token/ },
])("does not show $name", async ({ token, error }) => {
  const url = await says({})
  await expect(ecrLogin(url, { token: token() })).rejects.toThrow(error)
  expect(provider.asked).toEqual([])
})

test("uses a job's token as a password, and keeps the logins for other registries", async () => {
  const others = secret(JSON.stringify({ auths: { "ghcr.io": { auth: btoa("a:b") } } }))
  const login = await slipway({ registryConfig: others }).login.token(
    ADDRESS,
    secret(`${PASSWORD}\n`),
    "x-access-token",
  )
  expect(await push(login)).toMatch(/@sha256:/)
  expect(Object.keys(JSON.parse(await login.plaintext()).auths)).toEqual(["ghcr.io", "registry.test:5000"])
})

describe("on the command line", () => {
  test("passes a login between modules as a secret", async () => {
    const args = ["login", "token", "--repository=ghcr.io/acme/app", "--registry-token=env:JOB_TOKEN", "plaintext"]
    const { code, stdout, stderr } = await daggerCall(args, { env: { JOB_TOKEN: "job-token-of-fixture" } })
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ auths: { "ghcr.io": { auth: btoa("x-access-token:job-token-of-fixture") } } })
    expect(stderr).not.toContain("job-token-of-fixture")
  })

  test("prints no password in the most verbose progress or in the error", async () => {
    const ref = `nowhere.invalid:5000/app@sha256:${"0a".repeat(32)}`
    const login = ["--registry-username=robot", "--registry-password=env:PASSWORD"]
    const args = ["-vvvv", ...login, "registry", "tag", `--ref=${ref}`, "--tags=v1"]
    const { code, stdout, stderr, error } = await daggerCall(args, { env: { PASSWORD } })
    expect(code).toBe(1)
    expect(error).toMatch(/REGISTRY_FAILED: expected to read the tag v1, got .*Check the address/)
    for (const secretBytes of [PASSWORD, btoa(`robot:${PASSWORD}`)]) expect(stdout + stderr).not.toContain(secretBytes)
  })
})
