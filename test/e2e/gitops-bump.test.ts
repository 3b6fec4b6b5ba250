import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../src/config/effect.ts"
import { KUSTOMIZE_IMAGE } from "../../src/config/tools.ts"
import { bumpRepository } from "../../src/gitops/bump-gitops.ts"
import { digestOf } from "../../src/oci/digest.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { useEngine } from "./session.ts"
import { toolImage } from "./slipway.ts"

useEngine()

const WRITERS = ["a", "b", "c"]
const OVERLAY = `# kept as it is
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- ../../base
`
const FILES = {
  "base/deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: hello }
spec:
  selector: { matchLabels: { app: hello } }
  template:
    metadata: { labels: { app: hello } }
    spec:
      containers: [{ name: hello, image: hello }, { name: proxy, image: "proxy:1" }]
      initContainers: [{ name: migrate, image: hello }]
`,
  "charts/values.yaml": 'image:\n  repository: ghcr.io/acme/hello # the app\n  tag: v1\n  digest: ""\n',
  "charts/.env": "HELLO_IMAGE=ghcr.io/acme/hello:v1\n",
  "base/kustomization.yaml": "resources: [deployment.yaml]\n",
  ...Object.fromEntries(
    ["prod", "staging", ...WRITERS].map((name) => [`overlays/${name}/kustomization.yaml`, OVERLAY]),
  ),
}

let server: GitServer
beforeAll(async () => {
  server = await startGitServer(FILES)
})
afterAll(() => server?.stop())

type Wish = { path?: string; edits?: string[]; image?: string; build?: string; order?: number }

/** Each call is a run of its own, as if a pipeline had made it. */
function bump({ path = "overlays/prod", edits, image = "hello", build = "1", order }: Wish = {}): Promise<string> {
  const source = order ? { sourceOrder: order, sourceRevision: `commit-${order}` } : {}
  return bumpRepository({
    access: { repo: server.url("git.test"), gitService: server.service() },
    options: {
      path,
      edits,
      image,
      ref: `ghcr.io/acme/hello@${digestOf(build)}`,
      branch: "main",
      timeout: 280,
      ...source,
    },
    image: toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE,
    run: newRun(),
    dryRun: false,
  })
}

function overlay(name: string): string {
  return server.git("show", `main:overlays/${name}/kustomization.yaml`)
}

function commits(): number {
  return Number(server.git("rev-list", "--count", "main"))
}

/** Everything that the repository holds: every ref, and every object that one of them reaches. */
function world(): string {
  return server.refs() + server.git("rev-list", "--objects", "--all")
}

describe("a bump", () => {
  test("writes the digest into the overlay in one commit, and shows what that changes", async () => {
    const before = commits()
    const text = await bump({ order: 100 })
    expect(overlay("prod")).toBe(`${OVERLAY}images:
- digest: ${digestOf("1")}
  name: hello
  newName: ghcr.io/acme/hello
`)
    expect(commits()).toBe(before + 1)
    expect(text).toContain(server.git("rev-parse", "main").trim())
    expect(text).toContain(`+- digest: ${digestOf("1")}`)
    expect(server.git("log", "-1", "--format=%B", "main")).toContain("commit-100")
  })

  test("that is there already makes no commit", async () => {
    const before = world()
    expect(await bump({ order: 100 })).toMatch(/already/i)
    expect(world()).toBe(before)
  })

  test("of an older source leaves a newer one alone, and says so", async () => {
    await bump({ build: "2", order: 200 })
    const before = world()
    expect(await bump({ build: "late", order: 150 })).toMatch(/newer/i)
    expect(world()).toBe(before)
    expect(overlay("prod")).toContain(digestOf("2"))
  })

  test("edits values of several files in one commit, and says what a person should know", async () => {
    const before = commits()
    const text = await bump({ path: "charts/values.yaml", edits: ["helm:image", "charts/.env#env:HELLO_IMAGE"] })
    const values = `image:\n  repository: ghcr.io/acme/hello # the app\n  tag: v1\n  digest: "${digestOf("1")}"\n`
    expect(server.git("show", "main:charts/values.yaml")).toBe(values)
    expect(server.git("show", "main:charts/.env")).toBe(`HELLO_IMAGE=ghcr.io/acme/hello@${digestOf("1")}\n`)
    expect(commits()).toBe(before + 1)
    expect(text).toContain("Note: image.tag still says v1")
  })

  test("by several writers at once loses none, and never by force", async () => {
    const tip = server.git("rev-parse", "main").trim()
    const before = commits()
    await Promise.all(WRITERS.map((name) => bump({ path: `overlays/${name}`, build: name })))
    for (const name of WRITERS) expect(overlay(name)).toContain(digestOf(name))
    expect(commits()).toBe(before + WRITERS.length)
    expect(() => server.git("merge-base", "--is-ancestor", tip, "main")).not.toThrow()
  })
})

describe("a bump that fails changes nothing, and says why", () => {
  test.each([
    {
      name: "an overlay that is not there",
      wish: { path: "overlays/prd" },
      error: /^OVERLAY_INVALID: [\s\S]*overlays\/prd[\s\S]*overlays\/prod/,
    },
    {
      name: "a file that is not there",
      wish: { path: "charts/value.yaml", edits: ["helm:image"] },
      error: /^EDIT_INVALID: expected a file at charts\/value\.yaml[\s\S]*charts\/values\.yaml/,
    },
    {
      name: "an image that the manifests do not have",
      wish: { path: "overlays/staging", image: "helo" },
      error: /helo[\s\S]*hello[\s\S]*proxy/,
    },
  ])("$name", async ({ wish, error }) => {
    const before = world()
    await expect(bump(wish)).rejects.toThrow(error)
    expect(world()).toBe(before)
  })

  test("a hook that declines is final at once, and its words are shown", async () => {
    const hooks = join(server.git("rev-parse", "--absolute-git-dir").trim(), "hooks")
    mkdirSync(hooks, { recursive: true })
    const hook = join(hooks, "pre-receive")
    writeFileSync(hook, "#!/bin/sh\necho 'only on Tuesdays' >&2\nexit 1\n")
    chmodSync(hook, 0o755)
    const before = world()
    await expect(bump({ path: "overlays/staging" })).rejects.toThrow(/^PUSH_REFUSED: [\s\S]*only on Tuesdays/)
    expect(world()).toBe(before)
    writeFileSync(hook, "#!/bin/sh\nexit 0\n")
  })

  test("a server that is not there is an error that says where to look", async () => {
    const access = { repo: "https://nowhere.invalid/deploy.git" }
    const ref = `ghcr.io/acme/hello@${digestOf("1")}`
    const options = { path: "overlays/prod", image: "hello", ref, branch: "main", timeout: 5 }
    const image = toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE
    const refused = bumpRepository({ access, options, image, run: newRun(), dryRun: false })
    await expect(refused).rejects.toThrow(/^GIT_FAILED: .*a host name that cannot be resolved.*Check the address/)
  })

  test("a tag in place of a digest is refused before anything is cloned", async () => {
    const access = { repo: "https://nowhere.invalid/deploy.git" }
    const options = { path: "overlays/prod", image: "hello", ref: "ghcr.io/acme/hello:v1", branch: "main" }
    const image = toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE
    const refused = bumpRepository({ access, options, image, run: newRun(), dryRun: false })
    await expect(refused).rejects.toThrow(/^REFERENCE_INVALID: .*got "ghcr.io\/acme\/hello:v1"/)
  })
})
