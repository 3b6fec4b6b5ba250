import { execFileSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type Container, dag, type Secret } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { readChart } from "../../lib/chart/chart-source.ts"
import { packageChart } from "../../lib/chart/package.ts"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository, rollbackRepository } from "../../lib/gitops/bump-gitops.ts"
import { blobPath, digestOf, digestRef, parseDigestRef, parseRepository } from "../../lib/oci/reference.ts"
import { chartResult } from "../../lib/ship/chart/chart-step.ts"
import { readShipOptions } from "../../lib/ship/options/options.ts"
import { planAll, shipAll } from "../../lib/ship/run.ts"
import type { Release } from "../../lib/ship/ship.ts"
import { toolImages } from "../../src/api/access.ts"
import { COSIGN_IMAGE } from "../../src/tool-images.ts"
import { NO_FLAGS } from "../ship/no-flags.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { PASSWORD, startProtectedRegistry } from "./protected-registry.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { shipTools } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway, toolImage } from "./slipway.ts"
import { unverified } from "./unverified.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

// Helm itself pulls and renders the chart; test/engine/up --with=helm serves its image without a network.
const HELM_IMAGE = "docker.io/alpine/helm:4.3.1"
const CHART = "registry.test:5000/charts/web"
const IMAGE = "registry.test:5000/team/web"

const settings = (repo: string) => `repository: ${IMAGE}
platforms: [linux/amd64]
test: false
smoke: false
gitops: { repo: "${repo}" }
chart:
  path: deploy/chart
  repository: registry.test:5000/charts
  gitops: [apps/web.yaml, "apps/flux.yaml#OCIRepository/web"]
`
const FILES = {
  Dockerfile: "FROM gcr.io/distroless/static-debian12\nCOPY Dockerfile /\n",
  "deploy/chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.4.0\n",
  "deploy/chart/values.yaml": "# the image of the release\nimage:\n  repository: web\n  tag: latest\n  digest: ''\n",
  "deploy/chart/templates/pod.yaml": `apiVersion: v1
kind: Pod
metadata: { name: web, labels: { version: "{{ .Chart.AppVersion }}" } }
spec: { containers: [{ name: web, image: "{{ .Values.image.repository }}@{{ .Values.image.digest }}" }] }
`,
}
const ARGO = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: web }
spec:
  sources:
    - repoURL: registry.test:5000/charts
      chart: web # the classic form
      targetRevision: 1.0.0
    - repoURL: oci://${CHART}
      path: .
      targetRevision: sha256:${"0".repeat(64)}
    - repoURL: oci://registry.test:5000/charts/other
      path: .
      targetRevision: 1.0.0
`
const FLUX = `apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: { name: web }
spec:
  url: oci://${CHART}
  ref: { tag: 1.0.0, digest: "" }
`

let registry: TestRegistry
let git: GitServer
let key: SigningKeyFiles
let source: string
beforeAll(async () => {
  ;[registry, git, key] = await Promise.all([
    startRegistry(),
    startGitServer({ "apps/web.yaml": ARGO, "apps/flux.yaml": FLUX }),
    makeSigningKey(),
  ])
  source = mkdtempSync(join(tmpdir(), "slipway-chart-"))
  for (const [path, text] of Object.entries({ ...FILES, "slipway.yaml": settings(git.url("git.test")) })) {
    mkdirSync(dirname(join(source, path)), { recursive: true })
    writeFileSync(join(source, path), text)
  }
  const who = ["-c", "user.name=Seed", "-c", "user.email=seed@example.com"]
  for (const args of [
    ["init", "--initial-branch=main"],
    ["add", "."],
    ["commit", "--no-gpg-sign", "-m", "seed"],
  ])
    execFileSync("git", [...who, ...args], { cwd: source, stdio: "ignore" })
})
afterAll(() => git?.stop())

async function options(set: string[] = []) {
  const module = slipway({ vulnerabilityDb: dag.host().directory(vulnerabilityDbFolder()), helmImage: HELM_IMAGE })
  const folder = dag.host().directory(source, { noCache: true })
  const flags = {
    ...{ ...NO_FLAGS, set, signing: await signingSecrets(key) },
    registry: { service: registry.service, plainHttp: true },
    git: { gitService: git.service() },
  }
  return { folder, what: await readShipOptions(folder, flags, shipTools(module)) }
}

async function run(set: string[] = []): Promise<Release> {
  const { folder, what } = await options(set)
  const shipped = await shipAll(folder, what)
  if ("services" in shipped) throw new Error("one image was to be shipped")
  return shipped
}

const inRegistry = (image: string): Container =>
  dag.container().from(image).withServiceBinding("registry.test", registry.service)
const place = () => ({
  repository: parseRepository(CHART),
  access: { service: registry.service, plainHttp: true },
})
const nodeImage = () => slipway()["nodeImage"]
const commits = () => Number(git.git("rev-list", "--count", "main"))
const show = (path: string) => git.git("show", `main:${path}`)

describe("a chart of the repository", () => {
  let first: Release
  let published = ""

  test("is shipped with its image: by digest, with the image's digest, in one commit", async () => {
    first = await run()
    const { record } = first
    expect(record.failure).toBeUndefined()
    published = record.chart?.published ?? ""
    const [, digest = ""] = published.split("@")
    const version = record.chart?.version ?? ""
    expect(version).toBe(`1.4.0-g${record.source?.revision?.slice(0, 7)}`)
    expect(record.chart).toMatchObject({ name: "web", image: record.published, change: "created" })
    expect(published).toMatch(/^registry\.test:5000\/charts\/web@sha256:[0-9a-f]{64}$/)
    expect((await registry.snapshot())["charts/web"]).toMatchObject({ [version]: digest })
    expect(commits()).toBe(2)
    const wanted = ARGO.replace("targetRevision: 1.0.0", `targetRevision: ${version}`)
    expect(show("apps/web.yaml")).toBe(wanted.replace(`sha256:${"0".repeat(64)}`, digest))
    expect(show("apps/flux.yaml")).toBe(FLUX.replace("tag: 1.0.0", `tag: ${version}`).replace('""', `"${digest}"`))
    const trailers = git.git("log", "-1", "--format=%B", "main")
    expect(trailers).toContain(`Slipway-Bump: apps/web.yaml ${CHART} ${published}`)
    expect(trailers, "retention keeps the image that only the chart names").toContain(
      `Slipway-Bump: apps/web.yaml ${IMAGE} ${record.published}`,
    )
    const stages = record.stages.map(({ name }) => name)
    expect(stages.indexOf("chart")).toBeGreaterThan(stages.indexOf("tag"))
    expect(stages.indexOf("chart")).toBeLessThan(stages.indexOf("gitops"))
  })

  test("is pulled by Helm by digest, and renders the image by digest", async () => {
    const helm = inRegistry(HELM_IMAGE)
    const pulled = helm.withExec(["helm", "pull", `oci://${published}`, "--plain-http", "--untar", "-d", "/pulled"])
    const manifest = await pulled.withExec(["helm", "template", "web", "/pulled/web"]).stdout()
    expect(manifest).toContain(`image: "${first.record.published}"`)
    expect(manifest).toContain(`version: "${first.record.source?.revision}"`)
    expect(await pulled.file("/pulled/web/values.yaml").contents()).toContain("# the image of the release")
  })

  test("verifies by cosign with the release's key, with the provenance of its image and commit", async () => {
    const cosign = inRegistry(toolImage("COSIGNIMAGE") ?? COSIGN_IMAGE).withFile(
      "/cosign.pub",
      dag.host().file(key.publicKey),
      { owner: "65532" },
    )
    const by = ["--key", "/cosign.pub", "--insecure-ignore-tlog", "--allow-http-registry", published]
    await cosign.withExec(["/ko-app/cosign", "verify", ...by]).sync()
    const attested = await cosign
      .withExec(["/ko-app/cosign", "verify-attestation", "--type", "slsaprovenance1", ...by])
      .stdout()
    const payload = Buffer.from(JSON.parse(attested.trim().split("\n")[0] ?? "").payload, "base64")
    const { predicate } = JSON.parse(payload.toString())
    expect(predicate.buildDefinition).toMatchObject({
      buildType: "urn:slipway:chart:v1",
      externalParameters: { path: "deploy/chart", values: ["image"] },
      resolvedDependencies: [
        { digest: { gitCommit: first.record.source?.revision } },
        { uri: `docker://${IMAGE}`, digest: { sha256: first.record.image?.digest.replace("sha256:", "") } },
      ],
    })
  })

  test("is found by a second run, which changes nothing", async () => {
    const before = await registry.snapshot()
    const second = await run()
    expect(second.finished).toBe(true)
    expect(second.record.chart?.published).toBe(published)
    expect(await registry.snapshot()).toEqual(before)
    expect(commits()).toBe(2)
  })

  test("is the same whenever it is packaged", async () => {
    const { what } = await options()
    if (what.kind !== "image" || !what.options.chart) throw new Error("the image has no chart")
    const { source: chart, addresses } = what.options.chart
    const tools = { helmImage: HELM_IMAGE, nodeImage: nodeImage(), ...place() }
    const image = { ref: parseDigestRef(String(first.record.published)) }
    const packed = [1, 2_000_000_000].map((time) => {
      const folder = chart.folder.withTimestamps(time)
      return packageChart({ ...chart, folder }, { image, addresses, version: "1.0.0" }, tools)
    })
    const [one, other] = await Promise.all(packed)
    expect(one?.digest).toBe(other?.digest)
  })

  test("takes a locked dependency from a private registry by the login, and is refused without it", async () => {
    const locked = await startProtectedRegistry()
    const auth = Buffer.from(`robot:${PASSWORD}`).toString("base64")
    const config = JSON.stringify({ auths: { "locked.test:5000": { auth } } })
    const dependency = { name: "common", version: "0.1.0" }
    const dependencies = [{ ...dependency, repository: "oci://locked.test:5000/charts" }]
    const folder = dag
      .directory()
      .withNewFile("Chart.yaml", JSON.stringify({ apiVersion: "v2", name: "all", version: "1.0.0", dependencies }))
      .withNewFile("values.yaml", "image: web:1\n")
      .withNewFile("templates/x.yaml", "x: {{ .Values.image }}\n")
    const lock = await dag
      .container()
      .from(HELM_IMAGE)
      .withServiceBinding("locked.test", locked.service)
      .withNewFile("/config.json", config)
      .withEnvVariable("HELM_REGISTRY_CONFIG", "/config.json")
      .withDirectory("/all", folder)
      .withNewFile("/common/Chart.yaml", JSON.stringify({ apiVersion: "v2", ...dependency }))
      .withExec(["helm", "package", "/common"])
      .withExec(["helm", "push", "common-0.1.0.tgz", "oci://locked.test:5000/charts", "--plain-http"])
      .withExec(["helm", "dependency", "update", "/all", "--plain-http"])
      .file("/all/Chart.lock")
      .contents()
    const chart = await readChart(dag.directory().withDirectory("all", folder.withNewFile("Chart.lock", lock)), "all")
    const pack = async (dockerConfig?: Secret) => {
      const access = { service: locked.service, plainHttp: true, ...(dockerConfig && { dockerConfig }) }
      const tools = { helmImage: HELM_IMAGE, nodeImage: nodeImage(), access }
      const image = { ref: digestRef(parseRepository(IMAGE), digestOf("image")) }
      const repository = parseRepository("locked.test:5000/charts/all")
      return await packageChart(chart, { image, addresses: ["image"], version: "1.0.0" }, { ...tools, repository })
    }
    await expect(pack()).rejects.toThrow(
      /CHART_INVALID: expected the dependencies of all .*common \(oci:.* got .*credential not found/is,
    )
    const packed = await pack(dag.setSecret(`chart-login-${randomUUID()}`, config))
    const { layers } = JSON.parse(await packed.layout.file(blobPath(packed.digest)).contents())
    const names = dag
      .container()
      .from(HELM_IMAGE)
      .withFile("/all.tgz", packed.layout.file(blobPath(layers[0].digest)))
      .withExec(["tar", "-tzf", "/all.tgz"])
    expect(await names.stdout()).toMatch(/^all\/charts\/common/m)
  })

  test("has the same digest again, and its version is written again where it was deleted", async () => {
    const version = first.record.chart?.version ?? ""
    const address = `http://127.0.0.1:${registry.port}/v2/charts/web/manifests`
    expect((await fetch(`${address}/${version}`, { method: "DELETE" })).status).toBe(202)
    const { record, finished } = await run()
    expect(finished).toBeUndefined()
    expect(record).toMatchObject({ ok: true, adopted: true, chart: { published, change: "created" } })
    expect((await registry.snapshot())["charts/web"]).toHaveProperty([version], published.split("@")[1])
    expect(commits(), "the branch has it already").toBe(2)
  })

  test("is found by the function chart, which verifies its image first", async () => {
    const before = await registry.snapshot()
    const { folder, what } = await options()
    const { name, ref, image } = await chartResult(folder, what, { ref: String(first.record.published) })
    expect({ name, ref, image }).toEqual({ name: "web", ref: published, image: first.record.published })
    expect(await registry.snapshot()).toEqual(before)
    const none = `${IMAGE}@${digestOf("none")}`
    await expect(chartResult(folder, what, { ref: none })).rejects.toThrow(/^(?:IMAGE_NOT_FOUND|VERIFICATION_FAILED)/)
  })

  test("is bumped by hand, and rolled back to the version and the digest of ship", async () => {
    const place = {
      path: "apps/flux.yaml",
      image: CHART,
      edits: ["apps/web.yaml#chart:web", "chart:web"],
      branch: "main",
    }
    const access = { repo: git.url("git.test"), gitService: git.service() }
    const writer = () => ({ access, image: toolImages(slipway()).kustomize, run: newRun(), verify: unverified })
    const before = [show("apps/web.yaml"), show("apps/flux.yaml")]
    const next = { ref: `${CHART}@${digestOf("next")}`, tag: "2.0.0" }
    await bumpRepository({ ...writer(), options: { ...place, ...next }, dryRun: false })
    expect(show("apps/flux.yaml")).toContain(`tag: 2.0.0, digest: "${digestOf("next")}"`)
    await rollbackRepository({ ...place, to: "previous" }, writer())
    expect([show("apps/web.yaml"), show("apps/flux.yaml")]).toEqual(before)
  })

  test("is refused at a version that another chart has, before anything is pushed", async () => {
    const address = `http://127.0.0.1:${registry.port}/v2/charts/web/manifests`
    const type = "application/vnd.oci.image.manifest.v1+json"
    const other = await fetch(`${address}/${published.split("@")[1]}`, { headers: { accept: type } })
    const put = { method: "PUT", headers: { "content-type": type }, body: await other.text() }
    expect((await fetch(`${address}/9.9.9`, put)).status).toBe(201)
    const before = await registry.snapshot()
    const { folder, what } = await options(["chart.version=9.9.9", "chart.gitops=[apps/web.yaml]"])
    await expect(planAll(folder, what)).rejects.toThrow(/TAG_CONFLICT: expected the tag 9\.9\.9 to be free or at/)
    const refused = await run(["chart.version=9.9.9"])
    expect(refused.record.failure).toMatchObject({ stage: "publish", code: "TAG_CONFLICT" })
    expect(await registry.snapshot()).toEqual(before)
    expect(commits(), "of ship, of the bump by hand and of the rollback").toBe(4)
  })
})
