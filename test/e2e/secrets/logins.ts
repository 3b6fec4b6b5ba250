import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { expect } from "vitest"
import { type Says, startProvider } from "../fake-provider.ts"
import { PASSWORD } from "../protected-registry.ts"
import { imageLayout, LODASH } from "../scan-image.ts"
import { slipway } from "../slipway.ts"
import { call, fileOf } from "./call.ts"
import type { SecretWorld } from "./world.ts"

const ADDRESS = "registry.test:5000/team/clouds"
const REF = `registry.invalid/app@sha256:${"0a".repeat(32)}`
const POOL = "projects/42/locations/global/workloadIdentityPools/ci/providers/github"
const secret = (value: string) => dag.setSecret(randomUUID(), value)
const json = (body: unknown): Says => ({ body: JSON.stringify(body) })

/** A job's token, the runner's request token, and the credentials of four clouds. */
export async function logInToClouds(world: SecretWorld): Promise<void> {
  const { url, stop } = await startProvider({
    "/idtoken": [json({ value: world.idToken })],
    "/sts": [{ body: lentKeys(world) }],
    "/ecr": [json({ authorizationData: [{ authorizationToken: btoa(`AWS:${PASSWORD}`) }] })],
    "/google": [json({ access_token: world.googleToken })],
    "/v1/projects/-/serviceAccounts/me:generateAccessToken": [json({ accessToken: PASSWORD })],
    "/tenant/oauth2/v2.0/token": [json({ access_token: world.azureToken })],
    "/oauth2/exchange": [json({ refresh_token: PASSWORD })],
    "/hub": [json({ access_token: PASSWORD })],
  })
  const module = slipway()
  const onGithub = slipway({ requestUrl: secret(`${url}/idtoken`), requestToken: secret(world.runnerToken) })
  const token = secret(world.idToken)
  const ecr = [undefined, undefined, "slipway", "eu-west-1", `${url}/sts`, `${url}/ecr`] as const
  const logins = await Promise.all([
    onGithub.login.ecr(ADDRESS, "arn:aws:iam::123456789012:role/push", ...ecr),
    module.login.google(ADDRESS, POOL, token, "me", undefined, `${url}/google`, url),
    module.login.azure(ADDRESS, "tenant", "client", token, undefined, url, url),
    module.login.dockerHub(ADDRESS, "acme", "connection", token, 600, undefined, `${url}/hub`),
  ])
  const image = imageLayout({ "linux/amd64": LODASH })
  for (const login of logins) {
    const access = { registryConfig: login, registryService: world.registry.service, plainHttp: true }
    expect(await slipway(access).publish(image, ADDRESS)).toMatch(/@sha256:/)
  }
  await stop()
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
function lentKeys({ lentSecretKey, lentSessionToken }: SecretWorld): string {
  const keys = { AccessKeyId: "ASIAFIXTURE", SecretAccessKey: lentSecretKey, SessionToken: lentSessionToken }
  const lines = Object.entries(keys).map(([name, value]) => `<${name}>${value}</${name}>`)
  return `<AssumeRoleWithWebIdentityResponse><Credentials>${lines.join("")}</Credentials></AssumeRoleWithWebIdentityResponse>`
}

/** A login on the command line whose provider cannot be reached. */
export async function logInToNobody(world: SecretWorld): Promise<void> {
  const called = await call(
    world,
    ...["login", "ecr", `--repository=${ADDRESS}`, "--role=arn:aws:iam::123456789012:role/push", "--region=eu-west-1"],
    ...[`--id-token=file:${fileOf(world.idToken)}`, "--sts-endpoint=https://127.0.0.1:9/", "plaintext"],
  )
  expect(called.code).toBe(1)
  expect(called.error).toContain("LOGIN_REFUSED")
}

export async function bumpOverSsh(world: SecretWorld): Promise<void> {
  const { sshGit, agent } = world
  const called = await call(
    world,
    ...[`--git-service=tcp://127.0.0.1:${sshGit.port}`, `--git-ssh-key=file:${agent.keyFile}`],
    ...[`--git-known-hosts=${fileOf(sshGit.knownHosts("git.test"))}`],
    ...["bump-gitops", `--repo=${sshGit.url("git.test")}`, "--path=prod", "--image-name=app", `--ref=${REF}`],
  )
  expect(called.code, called.error).toBe(0)
  expect(sshGit.overlay(agent)).toContain("0a0a0a")
}

/** Bumps with a token that the git server refuses and repeats. */
export async function bumpWithRefusedToken(world: SecretWorld): Promise<void> {
  const { git } = world
  const called = await call(
    world,
    ...[`--git-service=tcp://127.0.0.1:${git.port}`, "--git-token=env:TEST_TOKEN"],
    ...["bump-gitops", `--repo=${git.url("git.test")}`, "--path=prod", "--image-name=app", `--ref=${REF}`],
  )
  expect(called.code).not.toBe(0) // the CLI passes on git's exit code
  expect(called.error).toContain("GIT_FAILED")
  expect(git.refused()).toBeGreaterThan(0)
}
