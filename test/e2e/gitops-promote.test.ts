import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository, promoteRepository, rollbackRepository } from "../../lib/gitops/bump-gitops.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { deployment } from "./deployment.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { useEngine } from "./session.ts"
import { slipway, toolImage } from "./slipway.ts"
import { unverified } from "./unverified.ts"

useEngine()

const ADDRESS = "ghcr.io/acme/hello"
const FILES = {
  "base/deployment.yaml": deployment("hello"),
  "base/kustomization.yaml": "resources: [deployment.yaml]\n",
  "staging/kustomization.yaml": "resources: [../base]\n",
  "stage.yaml": `image:\n  repository: ${ADDRESS}\n  tag: ""\n`,
  "live.yaml": `web:\n  image:\n    repository: ${ADDRESS}\n    tag: v0 # of the chart\n`,
  "production/values.yaml": `image:\n  repository: ${ADDRESS} # the app\n  digest: ""\n`,
}

let server: GitServer
beforeAll(async () => {
  server = await startGitServer(FILES)
})
afterAll(() => server?.stop())

const image = () => toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE
const writer = () => {
  const access = { repo: server.url("git.test"), gitService: server.service() }
  return { access, image: image(), run: newRun(), verify: unverified }
}
const options = { image: "hello", branch: "main", timeout: 120 }
const source = (order: number) => ({ sourceOrder: order, sourceRevision: String(order).repeat(40) })

function bump(build: number, path = "staging"): Promise<string> {
  const bumped = { ...options, ...source(build), path, ref: `${ADDRESS}@${digestOf(String(build))}` }
  return bumpRepository({ ...writer(), options: bumped, dryRun: false })
}
const staging = () => server.git("show", "main:staging/kustomization.yaml")
const production = () => server.git("show", "main:production/values.yaml")
const message = () => server.git("log", "-1", "--format=%B", "main")
const commits = () => Number(server.git("rev-list", "--count", "main"))

describe("rollback", () => {
  test("refuses a rollback without an earlier bump", async () => {
    await expect(rollbackRepository({ ...options, path: "staging", to: "previous" }, writer())).rejects.toThrow(
      /^ROLLBACK_IMPOSSIBLE: expected an earlier bump of hello in staging.*got no bump of it in the branch's history/,
    )
  })

  test("restores the previous digest in a new commit", async () => {
    await bump(1)
    await bump(2)
    await bump(3)
    const before = commits()
    const said = await rollbackRepository({ ...options, path: "staging", to: "previous" }, writer())
    expect(staging()).toContain(digestOf("2"))
    expect(commits()).toBe(before + 1)
    expect(said).toContain(`commit ${server.git("rev-parse", "main").trim()}`)
    expect(message()).toMatch(/^Roll hello back to .* in staging\n/)
    expect(message()).toContain("Slipway-Kind: rollback\n")
    expect(message()).toContain(`Source-Revision: ${"2".repeat(40)}\nSource-Order: 3`)
  })

  test("is not overwritten by the pipeline that it reverted or an older one, but by a newer one", async () => {
    expect(await bump(3)).toMatch(/^Superseded: /)
    expect(await bump(1)).toMatch(/^Superseded: /)
    expect(staging()).toContain(digestOf("2"))
    expect(await bump(4)).toMatch(/^Bumped /)
    expect(staging()).toContain(digestOf("4"))
  })

  test("rolls back to a source commit or a digest, and lists the bumps", async () => {
    await rollbackRepository({ ...options, path: "staging", to: "1".repeat(12) }, writer())
    expect(staging()).toContain(digestOf("1"))
    await rollbackRepository({ ...options, path: "staging", to: digestOf("4") }, writer())
    expect(staging()).toContain(digestOf("4"))
    const refused = rollbackRepository({ ...options, path: "staging", to: digestOf("9") }, writer())
    await expect(refused).rejects.toThrow(new RegExp(`ROLLBACK_IMPOSSIBLE: .*${digestOf("4")} of 444444444444`))
  })
})

describe("promote", () => {
  const to = { path: "production/values.yaml", edits: ["helm:image"] }

  test("copies the digest of one environment to the next, with its source", async () => {
    const said = await promoteRepository({ ...options, from: { path: "staging" }, to }, writer())
    expect(said).toContain("production/values.yaml")
    expect(production()).toBe(`image:\n  repository: ${ADDRESS} # the app\n  digest: "${digestOf("4")}"\n`)
    expect(message()).toMatch(/^Promote hello at .* to production\/values\.yaml\n/)
    expect(message()).toContain("Slipway-Kind: promotion\n")
    expect(message()).toContain(`Source-Revision: ${"4".repeat(40)}\n`)
  })

  test("does not commit when promoted again", async () => {
    const before = commits()
    expect(await promoteRepository({ ...options, from: { path: "staging" }, to }, writer())).toMatch(/^Unchanged: /)
    expect(commits()).toBe(before)
  })

  test("promotes from a file to an overlay with a given repository", async () => {
    await bump(5, "staging")
    const back = { ...options, from: to, to: { path: "staging" } }
    await expect(promoteRepository(back, writer())).rejects.toThrow(
      /^OPTIONS_INVALID: expected --repository for the digest/,
    )
    expect(await promoteRepository({ ...back, repository: ADDRESS }, writer())).toMatch(/^Superseded: /)
    expect(staging(), "production's is older than what staging has").toContain(digestOf("5"))
  })
})

describe("tag with the digest, as ship writes it into Helm values", () => {
  const stage = { path: "stage.yaml", edits: ["helm:image"] }
  const tagged = (build: number) => {
    const bumped = { ...options, ...source(build), ...stage, ref: `${ADDRESS}@${digestOf(String(build))}` }
    return bumpRepository({ ...writer(), options: { ...bumped, spareTag: `v${build}` }, dryRun: false })
  }
  const file = (path: string) => server.git("show", `main:${path}`)

  test("promotes the tag with the digest", async () => {
    await tagged(7)
    await tagged(8)
    const to = { path: "live.yaml", edits: ["helm:web.image"] }
    await promoteRepository({ ...options, from: stage, to, repository: ADDRESS }, writer())
    expect(file("live.yaml")).toContain(`    tag: v8@${digestOf("8")} # of the chart\n`)
  })

  test("restores the tag in a rollback", async () => {
    await rollbackRepository({ ...options, ...stage, to: "previous" }, writer())
    expect(file("stage.yaml")).toBe(`image:\n  repository: ${ADDRESS}\n  tag: "v7@${digestOf("7")}"\n`)
  })

  test("prefers a tag that is passed", async () => {
    await rollbackRepository({ ...options, ...stage, to: digestOf("8"), tag: "stable" }, writer())
    expect(file("stage.yaml")).toContain(`  tag: "stable@${digestOf("8")}"\n`)
  })
})

describe("functions of the group gitops, with the settings of a delivery", () => {
  const to = { path: "production/values.yaml", edits: ["helm:image"] }
  const gitops = () => {
    const place = `{ repo: "${server.url("git.test")}", path: staging, imageName: hello, authorName: Delivery, timeout: 120 }`
    const settings = dag.file("slipway.yaml", `repository: ${ADDRESS}\ngitops: ${place}\n`)
    return slipway({ settings, gitService: server.service() }).gitops
  }
  const author = () => server.git("log", "-1", "--format=%an", "main").trim()

  test("return what an environment runs", async () => {
    await bump(9)
    const ref = `${ADDRESS}@${digestOf("9")}`
    expect(await gitops().deployed(undefined, undefined, undefined, undefined, [], ADDRESS)).toBe(ref)
    const values = gitops().deployed(to.path, undefined, undefined, undefined, to.edits, ADDRESS)
    expect(await values).toBe(`${ADDRESS}@${digestOf("4")}`)
  })

  test("promote it to a file with edits", async () => {
    const promoted = await gitops().promote("staging", to.path, undefined, undefined, ADDRESS, [], to.edits)
    expect(promoted).toContain("production/values.yaml")
    expect(production()).toContain(digestOf("9"))
    expect(author()).toBe("Delivery")
  })

  test("roll it back in its overlay, and leave the other environment", async () => {
    expect(await gitops().rollback()).toContain("staging/kustomization.yaml")
    expect(staging()).toContain(digestOf("5"))
    expect(production()).toContain(digestOf("9"))
    expect(author()).toBe("Delivery")
  })

  test("list what was deployed in each environment, and a rollback of it", async () => {
    const text = await gitops().history()
    expect(text).toMatch(/^staging hello: \d+ deployments, \d+ rollbacks in 90 days\n {2}deployment frequency /)
    expect(text).toMatch(/^production\/values\.yaml hello: 2 deployments, 0 rollbacks in 90 days$/m)
    const json = await gitops().history(undefined, [], "staging", undefined, 0, true)
    const [{ path, deployments }] = JSON.parse(json).environments
    expect(path).toBe("staging")
    const [last] = deployments
    expect(last).toMatchObject({ kind: "rollback", ref: `${ADDRESS}@${digestOf("5")}`, author: "Delivery" })
    expect(last.commit).toBe(server.git("rev-parse", "main").trim())
  })
})
