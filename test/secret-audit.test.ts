import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { type Container, dag, type Secret } from "@dagger.io/dagger"
import { afterAll, describe, expect, test } from "vitest"
import { nameSecrets } from "../lib/build/request.ts"
import { givenArguments, nameArguments, type SecretUse, watchSecrets } from "../lib/engine/secret-use.ts"
import { parseForge } from "../lib/gitops/forge/forge-place.ts"
import { appToken } from "../lib/gitops/forge/github-app.ts"
import { findRequest } from "../lib/gitops/forge/pull-request.ts"
import { gitContainer } from "../lib/gitops/git/access.ts"
import { openSigning } from "../lib/gitops/git/commit-signing.ts"
import { parseGitRemote } from "../lib/gitops/git/remote.ts"
import { readIdToken } from "../lib/login/id-token.ts"
import { notify } from "../lib/notify/send.ts"
import { parseRepository } from "../lib/oci/reference.ts"
import { registryAccess, withRegistry } from "../lib/oci/registry-access.ts"
import { withKey } from "../lib/sign/cosign-run.ts"
import { readApi } from "../lib/sync/cluster-api.ts"
import { withSecrets } from "../lib/test/secret.ts"
import { construct } from "./construct.ts"
import { readPublicApi, type TypeDef } from "./public-api.ts"

// Each argument with a secret must be in the audit of a run that uses it: its use, without an engine.

/** An API that refuses every request. */
const server = createServer((_, response) => response.writeHead(400).end("{}")).listen(0, "127.0.0.1")
await once(server, "listening")
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
afterAll(() => void server.close())

const remote = parseGitRemote("https://github.com/acme/deploy")
const repository = parseRepository("r.test/app")
const exact = { kind: "exact" as const, value: "a" }
const content = { ok: true, title: "Shipped", subjects: [] }
const webhook = { format: "json" as const, on: ["success" as const], timeout: 1 }
const cosign = () => dag.container()
const other = dag.setSecret("other", "other")
const forge = (token: Secret) => findRequest({ head: "a", base: "b" }, { ...parseForge(remote, { endpoint }), token })
const crane = async (input: Parameters<typeof registryAccess>[1]) =>
  withRegistry(await registryAccess(repository.name, input), { repository, to: "crane" })(cosign())
const keyless = (identityToken: Secret) => ({
  ...{ kind: "keyless" as const, identityToken, identity: exact, issuer: exact, services: {} },
})

const READS: Record<string, (secret: Secret) => Promise<unknown> | Container> = {
  registryPassword: (password) => crane({ username: "u", password }),
  registryConfig: (dockerConfig) => crane({ dockerConfig }),
  cosignKey: (key) => withKey({ kind: "keyPair", key }, "cosign")(cosign()),
  cosignPassword: (password) => withKey({ kind: "keyPair", key: other, password }, "cosign")(cosign()),
  kmsCredentials: (value) =>
    withKey(
      { kind: "kms", uri: "awskms:///k", credentials: [{ name: "AWS_SESSION_TOKEN", value }] },
      "cosign",
    )(cosign()),
  identityToken: (token) => withKey(keyless(token), "cosign")(cosign()),
  requestUrl: (requestUrl) => readIdToken({ requestUrl, requestToken: other }, "aud"),
  requestToken: (requestToken) => readIdToken({ requestUrl: other, requestToken }, "aud"),
  gitToken: (token) => gitContainer("git", { remote, login: { token } }),
  gitSshKey: (key) => gitContainer("git", { remote: parseGitRemote("git@git:a"), ssh: { key } }),
  gitSigningKey: (key) => openSigning({ key, image: "git" }),
  gitSigningPassword: (password) => openSigning({ key: readable("key"), password, image: "git" }),
  gitForgeToken: forge,
  gitAppKey: (key) => appToken({ id: "1", key }, { remote, endpoint, pullRequest: false }),
  sourceForgeToken: forge,
  notifyUrl: (secretUrl) => notify(content, { ...webhook, secretUrl }),
  notifySecret: (key) => notify(content, { ...webhook, url: "https://127.0.0.1:1/", key }),
  kubeconfig: (kubeconfig) => readApi({ kubeconfig }),
  clusterToken: (token) => readApi({ server: "https://k8s.test", token }),
  buildSecrets: (secret) => nameSecrets([secret], ["npm"]),
  testSecrets: (secret) => withSecrets([{ name: "npm", secret }], { to: "golang" })(cosign()),
}

const api = readPublicApi()
const ship = api.methods.find(({ name }) => name === "ship")
const holdsSecret = ({ name, typeDef }: TypeDef): boolean =>
  name === "Secret" || (typeDef !== undefined && holdsSecret(typeDef))
const secretArguments = Object.values({ ...api.construct.arguments, ...ship?.arguments })
  .filter(({ type }) => holdsSecret(type))
  .map(({ name }) => name)

/** A secret whose text is known without an engine. */
function readable(name: string): Secret {
  return Object.assign(dag.setSecret(name, name), {
    plaintext: async () => `${name}-value`,
    id: async () => `${name}-id`,
  })
}

describe("every argument of ship with a secret", () => {
  test("is in the table of this test, and no other", () => {
    expect(secretArguments.length).toBeGreaterThan(15)
    expect(secretArguments.toSorted()).toEqual(Object.keys(READS).toSorted())
  })

  test("is known to the audit by its name, also if nothing uses it", () => {
    const secret = (name: string) => [name, readable(name)] as const
    const lists = ["kmsCredentials", "buildSecrets", "testSecrets"]
    const values = Object.fromEntries(secretArguments.map(secret))
    const given = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, lists.includes(name) ? [value] : value]),
    )
    const { buildSecrets, testSecrets, ...access } = given
    const names = givenArguments({ ...construct(access), ...{ buildSecrets, testSecrets } })
    expect(names.toSorted()).toEqual(secretArguments.map(flagOf).toSorted())
  })

  test.each(Object.entries(READS))("is audited where it is used: %s", async (name, read) => {
    const secret = readable(name)
    nameArguments({ [name]: secret })
    const uses: SecretUse[] = []
    // an incomplete secret fails after it was read, which is a use too
    await watchSecrets({ stage: "open", uses }, async () => await Promise.resolve(read(secret)).catch(() => {}))
    expect(uses.map(({ argument, stage }) => `${argument} ${stage}`)).toContain(`${flagOf(name)} open`)
  })
})

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
