import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository } from "../../lib/gitops/bump-gitops.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { requireShipped, ship } from "../../lib/ship/ship.ts"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { CHART_SHAPES, type ChartShape, chartFiles, REPOSITORY } from "./chart-shapes.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { toolImage } from "./slipway.ts"
import { unverified } from "./unverified.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

// Helm itself renders the charts; test/engine/up --with=helm serves its image without a network.
const HELM_IMAGE = "docker.io/alpine/helm:4.3.1"

const CREATED = CHART_SHAPES[0] as ChartShape
const SHIPPED = { ...CREATED, name: "shipped", edit: "helm:image" }
const files = Object.fromEntries(
  [...CHART_SHAPES, SHIPPED].flatMap((shape) =>
    Object.entries(chartFiles(shape)).map(([path, text]) => [`charts/${shape.name}/${path}`, text]),
  ),
)

let git: GitServer
let registry: TestRegistry
let key: SigningKeyFiles
beforeAll(async () => {
  ;[git, registry, key] = await Promise.all([startGitServer(files), startRegistry(), makeSigningKey()])
})
afterAll(() => git?.stop())

/** The image that Helm renders from a chart in the branch. */
async function render(name: string): Promise<string | undefined> {
  const paths = git.git("ls-tree", "-r", "--name-only", "main", `charts/${name}`).trim().split("\n")
  const chart = paths.reduce(
    (folder, path) => folder.withNewFile(path.replace(`charts/${name}/`, ""), git.git("show", `main:${path}`)),
    dag.directory(),
  )
  const helm = dag.container().from(HELM_IMAGE).withMountedDirectory("/chart", chart)
  const manifest = await helm.withExec(["helm", "template", "web", "/chart"]).stdout()
  return manifest.match(/^ +image: "(.*)"$/m)?.[1]
}

describe("Helm renders repository[:tag]@digest of every bumped chart", () => {
  const digest = digestOf("helm")
  beforeAll(async () => {
    const before = Number(git.git("rev-list", "--count", "main"))
    await bumpRepository({
      access: { repo: git.url("git.test"), gitService: git.service() },
      options: {
        path: "charts",
        edits: CHART_SHAPES.map(({ name, edit }) => `charts/${name}/values.yaml#${edit}`),
        image: "web",
        tag: "v2",
        ref: `${REPOSITORY}@${digest}`,
        branch: "main",
      },
      image: toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE,
      run: newRun(),
      verify: unverified,
      dryRun: false,
    })
    expect(Number(git.git("rev-list", "--count", "main"))).toBe(before + 1)
  })

  test.concurrent.each(CHART_SHAPES)("$name", async ({ name, tag }) => {
    expect(await render(name)).toBe(`${REPOSITORY}${tag ? `:${tag}` : ""}@${digest}`)
  })
})

test("ship writes the release's first tag into a chart of helm create, and Helm renders it", async () => {
  const repository = "registry.test:5000/team/web"
  const source = dag
    .directory()
    .withNewFile("Dockerfile", "FROM gcr.io/distroless/static-debian12:latest\nCOPY web /web\n")
    .withNewFile("web", "a page\n")
  const options = await shipHere(
    {
      repository,
      registry: { plainHttp: true, service: registry.service },
      signing: await signingSecrets(key),
      tags: ["floating:edge", "v7"],
      gitopsRepo: git.url("git.test"),
      git: { gitService: git.service() },
      gitopsPath: "charts/shipped/values.yaml",
      gitopsEdits: ["helm:image"],
    },
    dag.host().directory(vulnerabilityDbFolder()),
  )
  const { record } = requireShipped(await ship(source, options))
  expect(record.bump?.status).toBe("bumped")
  expect(await render("shipped")).toBe(`${repository}:v7@${record.image?.digest}`)
})
