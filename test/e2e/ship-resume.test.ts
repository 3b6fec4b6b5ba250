import { execFileSync } from "node:child_process"
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"
import { type Release, ship } from "../../lib/ship/ship.ts"
import { readAttestations } from "../../lib/sign/statements.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { COSIGN_IMAGE } from "../../src/tool-images.ts"
import { commitFolder } from "./commit-folder.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { type ShipCall, shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { toolImage } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const DOCKERFILE = "FROM gcr.io/distroless/static-debian12\nCOPY Dockerfile /\n"
const HOOK = "#!/bin/sh\necho not today >&2\nexit 1\n"

let registry: TestRegistry
let git: GitServer
let key: SigningKeyFiles
let source: string
beforeAll(async () => {
  const values = { "values.yaml": "image:\n  repository: registry.test:5000/team/app\n  digest: ''\n" }
  ;[registry, git, key] = await Promise.all([startRegistry(), startGitServer(values), makeSigningKey()])
  source = commitFolder({ branch: "main", tags: [], files: { Dockerfile: DOCKERFILE } })
  sourceGit("remote", "add", "origin", "https://git.example.com/team/app.git")
})
afterAll(() => git?.stop())

function sourceGit(...args: string[]): string {
  return execFileSync("git", ["-C", source, ...args], { encoding: "utf8" }).trim()
}

async function run(call: ShipCall = {}): Promise<Release> {
  const destination = {
    repository: "registry.test:5000/team/app",
    signing: await signingSecrets(key),
    ...{ tags: ["{sha}"], registry: { service: registry.service, plainHttp: true } },
    ...{ gitopsRepo: git.url("git.test"), gitopsPath: "values.yaml", gitopsEdits: ["helm:image"] },
    git: { gitService: git.service() },
  }
  const options = await shipHere(destination, dag.host().directory(vulnerabilityDbFolder()), call)
  return await ship(dag.host().directory(source), options)
}

/** Runs work while the server refuses pushes. */
async function refusingPushes<T>(during: () => Promise<T>): Promise<T> {
  const hooks = mkdtempSync(join(tmpdir(), "slipway-hooks-"))
  writeFileSync(join(hooks, "pre-receive"), HOOK)
  chmodSync(join(hooks, "pre-receive"), 0o755)
  git.git("config", "core.hooksPath", hooks)
  return await during().finally(() => git.git("config", "--unset", "core.hooksPath"))
}

const stagesOf = ({ record }: Release) => record.stages.map(({ name }) => name)
const world = async () => ({ registry: await registry.snapshot(), refs: git.refs() })

describe("a commit that is shipped more than once", () => {
  let broken: Release
  let continued: Release

  test("ends at the failed stage", async () => {
    broken = await refusingPushes(() => run())
    expect(broken.record.failure).toMatchObject({ stage: "gitops", code: "PUSH_REFUSED" })
    expect(git.git("rev-list", "--count", "main").trim()).toBe("1")
  })

  test("has a signed provenance of its inputs and its times", async () => {
    const { record } = broken
    const publicKey = dag.host().file(key.publicKey)
    const [provenance, ...others] = await readAttestations(parseDigestRef(record.published ?? ""), {
      ...{ cosignImage: toolImage("COSIGNIMAGE") ?? COSIGN_IMAGE, run: newRun() },
      ...{ access: { service: registry.service, plainHttp: true }, signer: { kind: "publicKey", publicKey } },
      type: PREDICATE_TYPES.slsaprovenance1,
    })
    const sha256 = (digest = "") => ({ sha256: digest.replace("sha256:", "") })
    const build = record.stages.find(({ name }) => name === "build")
    const finished = new Date(Date.parse(build?.startedAt ?? "") + (build?.seconds ?? 0) * 1000)
    expect(others).toEqual([])
    expect(provenance?.predicate).toMatchObject({
      buildDefinition: {
        externalParameters: { platforms: ["linux/amd64"] },
        resolvedDependencies: [
          {
            uri: "git+https://git.example.com/team/app",
            digest: { gitCommit: sourceGit("rev-parse", "HEAD") },
            annotations: { dirty: false },
          },
          {
            uri: expect.stringMatching(/^docker:\/\/gcr\.io\/distroless\/static-debian12/),
            digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
          },
        ],
      },
      runDetails: {
        builder: { id: "urn:slipway:builder:unattended" },
        metadata: { startedOn: build?.startedAt, finishedOn: finished.toISOString() },
        byproducts: [{ name: "linux/amd64", digest: sha256(record.image?.platforms[0]?.digest) }],
      },
    })
  })

  test("resumes there with the same digest, and builds and signs nothing again", async () => {
    const before = await registry.snapshot()
    continued = await run()
    expect(continued.record.failure).toBeUndefined()
    expect(stagesOf(continued)).toEqual(["resume", "open", "tag", "gitops"])
    expect(continued.record).toMatchObject({ ok: true, adopted: true, published: broken.record.published })
    expect(continued.record.tests).toEqual(broken.record.tests)
    expect(continued.record.image).toEqual(broken.record.image)
    expect(continued.record.scan).toEqual(broken.record.scan)
    expect(git.git("rev-list", "--count", "main").trim()).toBe("2")
    expect(git.git("show", "main:values.yaml")).toContain(String(broken.record.image?.digest))
    const { digest = "" } = broken.record.image ?? {}
    const { manifests } = (await registry.manifest("team/app", digest.replace(":", "-"))).body
    expect(manifests, "one signature, provenance, evidence, and now the record").toHaveLength(4)
    const named = await registry.snapshot()
    const { [digest.replace(":", "-")]: _, ...tags } = named["team/app"] ?? {}
    expect(before["team/app"]).toMatchObject(tags)
  })

  test("is then finished at once, with the same record, and changes nothing", async () => {
    const before = await world()
    const finished = await run()
    expect(finished.finished).toBe(true)
    expect(finished.record).toEqual(JSON.parse(JSON.stringify(continued.record)))
    expect(await world()).toEqual(before)
  })

  test("is built again with force, to the same digest", async () => {
    const forced = await run({ flags: { force: true } })
    expect(forced.record.failure).toBeUndefined()
    expect(stagesOf(forced)).toContain("build")
    expect(forced.record.image?.digest).toBe(broken.record.image?.digest)
    expect(git.git("rev-list", "--count", "main").trim()).toBe("2")
  })
})
