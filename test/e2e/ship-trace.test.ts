import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { dag, type Secret } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { ENGINE, MODULE } from "../../lib/engine/secret-use.ts"
import { signBody } from "../../lib/notify/send.ts"
import { renderRelease } from "../../lib/ship/report/release-text.ts"
import { shipAll } from "../../lib/ship/run.ts"
import type { Release } from "../../lib/ship/ship.ts"
import { NO_FLAGS } from "../ship/no-flags.ts"
import { changed, DEPLOYMENT } from "../sync/objects.ts"
import { commitFolder } from "./commit-folder.ts"
import { type CommitKey, makeCommitKey } from "./commit-key.ts"
import { deployment } from "./deployment.ts"
import { type FakeCluster, startCluster, TOKEN } from "./fake-cluster.ts"
import { type Asked, type FakeProvider, type Says, startProvider } from "./fake-provider.ts"
import { type GitWebServer, startGitWebServer } from "./git-web-server.ts"
import { PASSWORD, startProtectedRegistry } from "./protected-registry.ts"
import type { TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const REPOSITORY = "registry.test:5000/team/app"
const WEB = "/apis/apps/v1/namespaces/shop/deployments/hello"
const GIT_TOKEN = `git-${randomUUID()}`
const FORGE_TOKEN = `forge-${randomUUID()}`
const KEY = `hmac-${randomUUID()}`
const RUN = "https://github.com/acme/app/actions/runs/7"
const FILES = {
  "prod/deployment.yaml": deployment("app"),
  "prod/kustomization.yaml": "resources: [deployment.yaml]\n",
}
const SHELL = "debian:bookworm-slim"
const DOCKERFILE = `FROM ${SHELL}\nRUN --mount=type=secret,id=npm test -s /run/secrets/npm\nCMD ["true"]\n`

let registry: TestRegistry
let git: GitWebServer
let key: SigningKeyFiles
let commitKey: CommitKey
let cluster: FakeCluster
let forge: FakeProvider
let webhook: FakeProvider
beforeAll(async () => {
  commitKey = makeCommitKey()
  ;[registry, git, key, cluster, forge, webhook] = await Promise.all([
    startProtectedRegistry(),
    startGitWebServer(FILES, GIT_TOKEN),
    makeSigningKey(),
    startCluster({ [WEB]: [deployed] }),
    startProvider(github()),
    startProvider({ "/T0/B0/x": [{ body: "ok" }], "/broken": [{ status: 500, body: "no" }] }),
  ])
})
afterAll(async () => {
  git?.stop()
  await Promise.all([cluster?.stop(), forge?.stop(), webhook?.stop()])
})

/** The Deployment, as if a controller had applied what the branch names now. */
function deployed(): object {
  const [digest = ""] = git.git("show", "main:prod/kustomization.yaml").match(/sha256:[0-9a-f]{64}/) ?? []
  return changed(DEPLOYMENT, ({ spec }) => {
    spec.template.spec.containers = [{ name: "app", image: `${REPOSITORY}@${digest}` }]
  })
}

/** GitHub's API, which lists the deployment after it was created. */
function github(): Record<string, Says[]> {
  const says = (body: unknown, status = 200): Says => ({ status, body: JSON.stringify(body) })
  const deployments = "/repos/acme/app/deployments"
  const listed = (asked: Asked[]) => {
    const created = asked.find(({ method, path }) => method === "POST" && path === deployments)
    return JSON.stringify(created ? [{ id: 7, payload: JSON.parse(created.body).payload }] : [])
  }
  return {
    [`GET ${deployments}`]: [{ body: listed }],
    [`POST ${deployments}`]: [says({ id: 7 }, 201)],
    [`GET ${deployments}/7/statuses`]: [says([{ state: "queued" }])],
    [`POST ${deployments}/7/statuses`]: [says({ id: 1 }, 201)],
    "POST /orgs/acme/artifacts/metadata/storage-record": [says({ storage_records: [{}] })],
    "POST /orgs/acme/artifacts/metadata/deployment-record": [says({ deployment_records: [{}] })],
  }
}

const secret = (value: string): Secret => dag.setSecret(randomUUID(), value)

/** The checkout, whose slipway.yaml names all servers. */
function checkout(): string {
  const settings = {
    repository: REPOSITORY,
    platforms: ["linux/amd64"],
    test: { image: SHELL, commands: ["test -s /run/secrets/token"] },
    scan: { failOn: { severity: "CRITICAL" } },
    smoke: false,
    gitops: { repo: git.url("git.test"), path: "prod", imageName: "app" },
    wait: { resources: ["deployment/shop/hello"], timeout: 60, settle: 1 },
    deployments: {
      ...{ environment: "production", repo: "https://github.com/acme/app", endpoint: forge.url },
      ...{ linkedArtifacts: true, cluster: "eu" },
    },
    notify: { url: "https://unused.example", timeout: 1 },
  }
  return commitFolder({
    ...{ branch: "main", tags: [] },
    files: { Dockerfile: DOCKERFILE, "slipway.yaml": JSON.stringify(settings) },
  })
}

let folder: string

type Call = { hook?: string; force?: boolean; set?: string[] }

/** The whole chain through the facade, with a secret in every argument that this delivery can have. */
async function deliver({ hook = `${webhook.url}/T0/B0/x`, force = false, set = [] }: Call): Promise<Release> {
  folder ??= checkout()
  const signing = await signingSecrets(key)
  const module = slipway({
    vulnerabilityDb: dag.host().directory(vulnerabilityDbFolder()),
    ...{ registryUsername: "robot", registryPassword: secret(PASSWORD), plainHttp: true },
    registryConfig: secret(JSON.stringify({ auths: { "other.test": { auth: btoa("a:b") } } })),
    ...{ registryService: registry.service, cosignKey: signing.key, cosignPassword: signing.password },
    ...{ gitToken: secret(GIT_TOKEN), gitForgeToken: secret("for no request"), sourceForgeToken: secret(FORGE_TOKEN) },
    gitService: dag.host().service([{ frontend: git.port, backend: git.port }], { host: "127.0.0.1" }),
    ...{ gitSigningKey: secret(commitKey.text), gitSigningPassword: secret(commitKey.password) },
    ...{ notifyUrl: secret(hook), notifySecret: secret(KEY), clusterServer: cluster.url },
    ...{ clusterToken: secret(TOKEN), clusterCaCertificate: dag.file("ca.crt", cluster.authority) },
  })
  const ci = [
    ...["GITHUB_REPOSITORY=acme/app", "GITHUB_RUN_ID=7", "GITHUB_REF=refs/heads/main", "GITHUB_ACTOR=mona"],
    "GITHUB_SERVER_URL=https://github.com",
  ]
  const secrets = {
    ...{ buildSecrets: [secret("npm-token")], buildSecretIds: ["npm"] },
    ...{ testSecrets: [secret("test-token")], testSecretNames: ["token"] },
  }
  const source = dag.host().directory(folder)
  const { signing: _s, registry: _r, git: _g, cluster: _c, ...flags } = NO_FLAGS
  const what = await module["shipWhat"](source, { ...flags, ...secrets, ci, force, set })
  return (await shipAll(source, what)) as Release
}

const lines = (provider: FakeProvider, from = 0) =>
  provider.asked.slice(from).map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`)

describe("a delivery with everything that it can leave a trace in", () => {
  let release: Release
  let digest: string
  beforeAll(async () => {
    release = await deliver({})
    digest = release.record.image?.digest ?? ""
  })

  test("is done", () => {
    expect(release.error).toBeUndefined()
    expect(release.record).toMatchObject({ ok: true, bump: { status: "bumped" }, sync: { status: "live" } })
    commitKey.verify("main", git.git)
  })

  test("is a deployment at GitHub, by digest, environment, commit and run, with storage and deployment records", () => {
    const commit = release.record.source?.revision
    const gitops = git.git("rev-parse", "main").trim()
    const headers = {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${FORGE_TOKEN}`,
      "x-github-api-version": "2022-11-28",
    }
    const sent = { ...headers, "content-type": "application/json" }
    const image = `${REPOSITORY}@${digest}`
    const deployments = "/repos/acme/app/deployments"
    const list = `${deployments}?sha=${commit}&environment=production&task=deploy&per_page=100`
    const subject = { name: REPOSITORY, digest, version: commit }
    const status = (state: string, description: unknown) => ({ state, description, log_url: RUN })
    const seen = forge.asked.map(({ body, ...rest }) => ({ ...rest, ...(body && { body: JSON.parse(body) }) }))
    expect(seen).toEqual([
      { method: "GET", path: list, headers },
      {
        ...{ method: "POST", path: deployments, headers: sent },
        body: {
          ...{ ref: commit, task: "deploy", auto_merge: false, required_contexts: [], environment: "production" },
          description: image,
          payload: { digest, image, commit, gitops, run: RUN },
        },
      },
      {
        ...{ method: "POST", path: `${deployments}/7/statuses`, headers: sent },
        body: status("in_progress", `Waiting for the cluster: ${gitops}`),
      },
      { method: "GET", path: `/orgs/acme/artifacts/${digest}/metadata/storage-records`, headers },
      {
        ...{ method: "POST", path: "/orgs/acme/artifacts/metadata/storage-record", headers: sent },
        body: {
          ...{ ...subject, registry_url: "https://registry.test:5000", repository: "team/app", status: "active" },
          github_repository: "app",
        },
      },
      { method: "GET", path: list, headers },
      { method: "GET", path: `${deployments}/7/statuses?per_page=1`, headers },
      {
        ...{ method: "POST", path: `${deployments}/7/statuses`, headers: sent },
        body: status("success", expect.stringMatching(/^Live after \d+ s$/)),
      },
      {
        ...{ method: "POST", path: "/orgs/acme/artifacts/metadata/deployment-record", headers: sent },
        body: {
          ...{ ...subject, status: "deployed", logical_environment: "production", cluster: "eu" },
          ...{ deployment_name: "prod/app", github_repository: "app" },
        },
      },
    ])
    const linked = ["storage", "deployment"]
    expect(release.record.deployment).toEqual({
      ...{ environment: "production", status: "recorded", state: "success", id: 7, linked },
    })
  })

  test("is told to the webhook, signed, without a secret", () => {
    const [told, ...others] = webhook.asked
    expect(others).toEqual([])
    expect(told).toMatchObject({ method: "POST", path: "/T0/B0/x" })
    expect(told?.headers["x-slipway-signature-256"]).toBe(signBody(told?.body ?? "", KEY))
    expect(JSON.parse(told?.body ?? "")).toMatchObject({
      ...{ version: 1, event: "success", ok: true, title: `Shipped ${REPOSITORY}`, run: RUN, actor: "mona" },
      subjects: [{ image: `${REPOSITORY}@${digest}`, environment: "production", cluster: "live" }],
    })
    expect(release.record.notification).toMatchObject({ status: "sent" })
  })

  test("has every argument with a secret in its audit, except those that exclude each other", () => {
    const { secrets = [], unused = [] } = release.record.audit ?? {}
    const audited = [...new Set([...secrets.map(({ argument }) => argument), ...unused])]
    expect([...audited, ...EXCLUDED].toSorted()).toEqual(secretArguments().toSorted())
    expect(unused).toEqual(["--git-forge-token"])
  })

  test("gives each secret to its tool alone, which the audit names by digest, in its stages", () => {
    const { secrets = [] } = release.record.audit ?? {}
    const tools = release.record.tools
    const name = (to: string) =>
      Object.entries(tools).find(([, image]) => image === to)?.[0] ?? to.replace(/^(?:.*\/)?(.*)@.*$/, "$1")
    const rows = secrets.map(({ argument, to, stages }) => `${argument} | ${name(to)} | ${stages.join(", ")}`)
    expect(rows).toEqual(AUDIT)
    expect(documented()).toEqual([...AUDIT, "--git-forge-token | nothing | none"])
    for (const { to } of secrets) expect(to).toMatch(/@sha256:[0-9a-f]{64}$|^(?:slipway|engine|Dockerfile)$/)
  })

  test("names the hosts that it is configured to talk to, and who asked", () => {
    const { hosts = [] } = release.record.audit ?? {}
    const of = Object.fromEntries(hosts.map(({ stage, hosts: all }) => [stage, all]))
    const host = (url: string) => new URL(url).host
    expect(of).toMatchObject({
      ...{ build: ["docker.io"], test: ["docker.io"], publish: ["registry.test:5000"] },
      ...{ gitops: [`git.test:${git.port}`], deployment: [host(forge.url)] },
      sync: [host(cluster.url), `git.test:${git.port}`],
    })
    expect(release.record.ci).toMatchObject({ actor: "mona", url: RUN })
    expect(renderRelease(release.record)).toMatch(/^audit +asked by mona; \d+ secrets given to tools/m)
  })

  test("has no secret's value in its record", () => {
    const text = JSON.stringify(release.record)
    for (const value of [PASSWORD, GIT_TOKEN, FORGE_TOKEN, KEY, TOKEN, "npm-token", "test-token", "T0/B0"]) {
      expect(text).not.toContain(value)
    }
  })
})

describe("a run whose webhook fails", () => {
  test("delivers all the same, and records no second deployment", async () => {
    const before = forge.asked.length
    const { error, record } = await deliver({ hook: `${webhook.url}/broken`, force: true })
    expect(error).toBeUndefined()
    expect(record).toMatchObject({ ok: true, deployment: { status: "recorded", id: 7, state: "success" } })
    expect(lines(forge, before)).not.toContain("POST /repos/acme/app/deployments")
    expect(renderRelease(record)).toMatch(/^notified +NOT SENT \(success\): NOTIFY_FAILED: .* got HTTP 500/m)
  })

  test("fails only for its own reason, while the webhook hangs", async () => {
    const hanging = createServer(() => {}).listen(0, "127.0.0.1")
    await once(hanging, "listening")
    const hook = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}/T0/B0/hidden`
    try {
      const { error, record } = await deliver({ hook, force: true, set: ['test.commands=["false"]'] })
      expect(String(error)).toMatch(/TESTS_FAILED/)
      expect(record).toMatchObject({ ok: false, failure: { stage: "test", code: "TESTS_FAILED" } })
      const text = renderRelease(record)
      expect(text).toMatch(/^notified +NOT SENT \(failure\): NOTIFY_FAILED: expected a response from http:/m)
      expect(text).not.toContain("hidden")
    } finally {
      hanging.closeAllConnections()
      hanging.close()
    }
  })
})

/** Other ways to sign, and to reach git and the cluster; test/secret-audit.test.ts has the use of each. */
const EXCLUDED = [
  ...["--kms-credentials", "--identity-token", "--request-url", "--request-token"],
  ...["--git-ssh-key", "--git-app-key", "--kubeconfig"],
]

/** The argument, the tool and the stages of each use. */
const AUDIT = [
  "--build-secrets | Dockerfile | build",
  "--build-secrets | slipway | build",
  "--cluster-token | slipway | options, sync",
  "--cosign-key | node:24 | sign, attest",
  "--cosign-key | cosign | open, sign, attest",
  "--cosign-key | slipway | open",
  "--cosign-password | node:24 | sign, attest",
  "--cosign-password | cosign | open, sign, attest",
  "--cosign-password | slipway | open",
  "--git-signing-key | kustomize | open, gitops",
  "--git-signing-key | slipway | open, gitops",
  "--git-signing-password | kustomize | open, gitops",
  "--git-signing-password | slipway | open, gitops",
  "--git-token | kustomize | open, gitops",
  "--git-token | slipway | open, gitops",
  "--notify-secret | slipway | notify",
  "--notify-url | slipway | notify",
  "--registry-config | node:24 | sign, attest, verify",
  "--registry-config | engine | options",
  "--registry-config | crane | resume, publish, verify, tag",
  "--registry-config | cosign | open, sign, attest, verify",
  "--registry-config | slipway | options",
  "--registry-password | node:24 | sign, attest, verify",
  "--registry-password | engine | options",
  "--registry-password | crane | resume, publish, verify, tag",
  "--registry-password | cosign | open, sign, attest, verify",
  "--registry-password | slipway | options",
  "--source-forge-token | slipway | deployment",
  "--test-secrets | debian:bookworm-slim | test",
]

/** The table of the documentation, which is from this run. */
function documented(): string[] {
  const text = readFileSync(new URL("../../docs/explanation/audit.md", import.meta.url), "utf8")
  const names: Record<string, string> = { "Slipway itself": MODULE, "the engine, for its pulls": ENGINE }
  const tool = (to: string) => names[to] ?? to.replace(/ \(`RUN`\)$|@sha256:.*$/, "").replace(/:v[\d.]+$/, "")
  const rows = [...text.matchAll(/^\| `(--[\w-]+)` \| (.*?) \| (.*?) \|$/gm)]
  return rows.map(([, argument, to = "", stages]) => `${argument} | ${tool(to)} | ${stages}`)
}

/** The arguments of constructor and ship that hold a secret, from the reviewed interface. */
function secretArguments(): string[] {
  const text = readFileSync(new URL("../public-api.txt", import.meta.url), "utf8")
  const [, construct = ""] = text.match(/^Slipway\(([^)]*)\)/m) ?? []
  const [, ship = ""] = text.match(/^ {2}ship\(([^)]*)\)/m) ?? []
  return [...`${construct}${ship}`.matchAll(/(\w+)\??: Secret\b/g)].map(([, name = ""]) => {
    return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  })
}
