import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository } from "../../lib/gitops/bump-gitops.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { useEngine } from "./session.ts"
import { toolImage } from "./slipway.ts"
import { unverified } from "./unverified.ts"

useEngine()

const WRITERS = ["a", "b", "c"]
const OVERLAY = `# kept as it is
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- ../../base
`
/** Overlays with the comments, markers and layouts that people and programs write. */
const MARKED = `# what for
bases:
  - ../../base # keep the base first
images:
  - name: hello
    newName: ghcr.io/acme/hello
    newTag: v1 # {"$imagepolicy": "flux-system:hello:tag"}
commonLabels:
  team: blue # billing reads this
# patches:
# - path: debug.yaml
`
const CHART = {
  "overlays/chart/charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 0.1.0\n",
  "overlays/chart/charts/app/values.yaml": "{}\n",
  "overlays/chart/charts/app/templates/pod.yaml":
    "apiVersion: v1\nkind: Pod\nmetadata: { name: hello }\nspec: { containers: [{ name: hello, image: hello }] }\n",
  "overlays/chart/kustomization.yaml":
    "helmCharts: # rendered by its controller\n  - name: app\n    releaseName: app\nimages:\n  - name: hello\n    newTag: v1\n",
}
const LATIN = Buffer.concat([
  Buffer.from("# Gr"),
  Buffer.from([0xfc, 0xdf]),
  Buffer.from("e\r\nimage: ghcr.io/acme/hello:v1"),
])

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
  "overlays/marked/kustomization.yaml": MARKED,
  "overlays/found/kustomization.yaml": `${OVERLAY}images:\r\n- name: hello\r\n  newName: ghcr.io/acme/hello\r\n  newTag: v1 # renovate`,
  "components/image/kustomization.yaml":
    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages: # all of them\n  - name: hello\n    newTag: v1\n",
  "overlays/composed/kustomization.yaml": "resources: [../../base]\ncomponents: [../../components/image]\n",
  "overlays/outside/kustomization.yaml": "resources:\n  - ../../base/deployment.yaml\nimages: []\n",
  ...CHART,
  "latin/values.yaml": LATIN,
  ...Object.fromEntries(
    ["prod", "staging", ...WRITERS].map((name) => [`overlays/${name}/kustomization.yaml`, OVERLAY]),
  ),
}

let server: GitServer
beforeAll(async () => {
  server = await startGitServer(FILES)
})
afterAll(() => server?.stop())

type Wish = {
  path?: string
  edits?: string[]
  image?: string
  build?: string
  order?: number
  tag?: string
  kustomizeOptions?: string[]
  kustomize?: string
}

/** Each call is a separate run, like a pipeline's. */
function bump({
  path = "overlays/prod",
  edits,
  image = "hello",
  build = "1",
  order,
  kustomize,
  ...wish
}: Wish = {}): Promise<string> {
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
      ...wish,
    },
    image: kustomize ?? toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE,
    run: newRun(),
    verify: unverified,
    dryRun: false,
  })
}

function overlay(name: string): string {
  return server.git("show", `main:overlays/${name}/kustomization.yaml`)
}

function commits(): number {
  return Number(server.git("rev-list", "--count", "main"))
}

/** Every ref of the repository, and every object that one of them reaches. */
function world(): string {
  return server.refs() + server.git("rev-list", "--objects", "--all")
}

describe("bump", () => {
  test("writes the digest into the overlay in one commit, and shows the changes", async () => {
    const before = commits()
    const text = await bump({ order: 100 })
    expect(overlay("prod")).toBe(`${OVERLAY}images:
- name: hello
  newName: ghcr.io/acme/hello
  digest: ${digestOf("1")}
`)
    expect(commits()).toBe(before + 1)
    expect(text).toContain(server.git("rev-parse", "main").trim())
    expect(text).toContain(`+  digest: ${digestOf("1")}`)
    expect(server.git("log", "-1", "--format=%B", "main")).toContain("commit-100")
  })

  test("does not commit a digest that is already there", async () => {
    const before = world()
    expect(await bump({ order: 100 })).toMatch(/already/i)
    expect(world()).toBe(before)
  })

  test("reports a newer bump instead of overwriting it", async () => {
    await bump({ build: "2", order: 200 })
    const before = world()
    expect(await bump({ build: "late", order: 150 })).toMatch(/newer/i)
    expect(world()).toBe(before)
    expect(overlay("prod")).toContain(digestOf("2"))
  })

  test("edits values of several files in one commit, and prints notes", async () => {
    const before = commits()
    const text = await bump({ path: "charts/values.yaml", edits: ["helm:image", "charts/.env#env:HELLO_IMAGE"] })
    const values = `image:\n  repository: ghcr.io/acme/hello # the app\n  tag: v1\n  digest: "${digestOf("1")}"\n`
    expect(server.git("show", "main:charts/values.yaml")).toBe(values)
    expect(server.git("show", "main:charts/.env")).toBe(`HELLO_IMAGE=ghcr.io/acme/hello@${digestOf("1")}\n`)
    expect(commits()).toBe(before + 1)
    expect(text).toContain("Note: image.tag is still v1")
  })

  test("keeps the commits of several concurrent writers, without force", async () => {
    const tip = server.git("rev-parse", "main").trim()
    const before = commits()
    await Promise.all(WRITERS.map((name) => bump({ path: `overlays/${name}`, build: name })))
    for (const name of WRITERS) expect(overlay(name)).toContain(digestOf(name))
    expect(commits()).toBe(before + WRITERS.length)
    expect(() => server.git("merge-base", "--is-ancestor", tip, "main")).not.toThrow()
  })
})

describe("bump of a file with comments, markers and other layouts", () => {
  const pinned = digestOf("kept")
  const show = (path: string) => server.git("show", `main:${path}`)

  test("keeps markers, comments and layout, and requires a tag for Flux's marker", async () => {
    await expect(bump({ path: "overlays/marked", build: "kept" })).rejects.toThrow(/the marker of Flux.*--tag/)
    await bump({ path: "overlays/marked", build: "kept", tag: "v2" })
    expect(overlay("marked")).toBe(
      MARKED.replace("newTag: v1", "newTag: v2").replace("commonLabels", `    digest: ${pinned}\ncommonLabels`),
    )
  })

  test("finds an image by its newName, and keeps line endings", async () => {
    await bump({ path: "overlays/found", build: "kept", image: "ghcr.io/acme/hello" })
    expect(overlay("found")).toMatch(new RegExp(`newName: ghcr.io/acme/hello\\r\\n  digest: ${pinned} # renovate$`))
  })

  test("edits a component, and builds the overlay that includes it", async () => {
    const text = await bump({ path: "components/image", build: "kept" })
    expect(text).toContain("Deployment/hello")
    expect(show("components/image/kustomization.yaml")).toMatch(
      new RegExp(
        `^images: # all of them\n  - name: hello\n    newName: ghcr.io/acme/hello\n    digest: ${pinned}\n$`,
        "m",
      ),
    )
  })

  test("names --load-restrictor for an overlay with files outside its folder", async () => {
    const wish = { path: "overlays/outside", build: "kept" }
    await expect(bump(wish)).rejects.toThrow(/--load-restrictor=LoadRestrictionsNone, .*--edits=kustomize:<name>/)
    await bump({ ...wish, kustomizeOptions: ["--load-restrictor=LoadRestrictionsNone"] })
    expect(overlay("outside")).toContain(`images: [{name: hello, newName: ghcr.io/acme/hello, digest: ${pinned}}]`)
  })

  test("names --kustomize-image or an edit for an overlay with a chart", async () => {
    const wish = { path: "overlays/chart", build: "kept" }
    await expect(bump(wish)).rejects.toThrow(/must specify --enable-helm.*--kustomize-options/)
    const enabled = { ...wish, kustomizeOptions: ["--enable-helm"] }
    await expect(bump(enabled)).rejects.toThrow(/--kustomize-image.*--edits=kustomize:<name>/)
    await bump({ ...enabled, kustomize: "docker.io/slipway-test/kustomize-helm:1" })
    expect(overlay("chart")).toContain(`newName: ghcr.io/acme/hello\n    digest: ${pinned}`)
    await bump({ path: "overlays/chart/kustomization.yaml", edits: ["kustomize:hello"], build: "next" })
    expect(overlay("chart")).toContain(digestOf("next"))
  })

  test("keeps every other byte of a file that is not UTF-8", async () => {
    const before = server.bytes("latin/values.yaml")
    expect(before).toEqual(LATIN)
    await bump({ path: "latin/values.yaml", edits: ["helm:image"], build: "kept" })
    const was = Buffer.from("ghcr.io/acme/hello:v1")
    expect(server.bytes("latin/values.yaml")).toEqual(
      Buffer.concat([LATIN.subarray(0, LATIN.length - was.length), Buffer.from(`ghcr.io/acme/hello@${pinned}`)]),
    )
  })
})

describe("failed bump", () => {
  test.each([
    {
      name: "a missing overlay",
      wish: { path: "overlays/prd" },
      error: /^OVERLAY_INVALID: [\s\S]*overlays\/prd[\s\S]*overlays\/prod/,
    },
    {
      name: "a missing file",
      wish: { path: "charts/value.yaml", edits: ["helm:image"] },
      error: /^EDIT_INVALID: expected a file at charts\/value\.yaml[\s\S]*charts\/values\.yaml/,
    },
    {
      name: "an image that is not in the manifests",
      wish: { path: "overlays/staging", image: "helo" },
      error: /helo[\s\S]*hello[\s\S]*proxy/,
    },
  ])("changes nothing and explains $name", async ({ wish, error }) => {
    const before = world()
    await expect(bump(wish)).rejects.toThrow(error)
    expect(world()).toBe(before)
  })

  test("shows the message of a hook that declines, and does not retry", async () => {
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

  test("explains an unknown host", async () => {
    const access = { repo: "https://nowhere.invalid/deploy.git" }
    const ref = `ghcr.io/acme/hello@${digestOf("1")}`
    const options = { path: "overlays/prod", image: "hello", ref, branch: "main", timeout: 5 }
    const image = toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE
    const refused = bumpRepository({ access, options, image, run: newRun(), verify: unverified, dryRun: false })
    await expect(refused).rejects.toThrow(/^GIT_FAILED: .*a host name that cannot be resolved.*Check the address/)
  })

  test("refuses a tag instead of a digest before anything is cloned", async () => {
    const access = { repo: "https://nowhere.invalid/deploy.git" }
    const options = { path: "overlays/prod", image: "hello", ref: "ghcr.io/acme/hello:v1", branch: "main" }
    const image = toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE
    const refused = bumpRepository({ access, options, image, run: newRun(), verify: unverified, dryRun: false })
    await expect(refused).rejects.toThrow(/^REFERENCE_INVALID: .*got "ghcr.io\/acme\/hello:v1"/)
  })
})
