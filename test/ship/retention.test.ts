import { describe, expect, test } from "vitest"
import type { Settings } from "../../lib/config/settings.ts"
import { deployedPlaces, mergeRetention, readRetention } from "../../lib/ship/retention.ts"
import { stubDirectory } from "../stub-directory.ts"

const NO_FLAGS = { keep: [], gitopsBranches: [], git: {} }
const SETTINGS: Settings = {
  repository: "ghcr.io/acme/app",
  gitops: { repo: "https://git.test/deploy", path: "prod", branch: "live" },
  retention: { keep: [{ tags: ["v*"] }, { tags: ["*"], days: 30 }], rollbacks: 3 },
}

test("takes what the arguments omit from the settings", () => {
  expect(mergeRetention(NO_FLAGS, SETTINGS)).toEqual({
    repository: { host: "ghcr.io", path: "acme/app", name: "ghcr.io/acme/app" },
    set: { rules: [{ tags: ["v*"] }, { tags: ["*"], days: 30 }] },
    registry: {},
    deployments: [{ git: { repo: "https://git.test/deploy" }, query: { branches: ["live"], rollbacks: 3 } }],
  })
})

test("arguments override the settings", () => {
  const flags = { repository: "ghcr.io/acme/web", keep: ["latest"], untagged: 9, gitopsRepo: "https://git.test/other" }
  const merged = mergeRetention({ ...NO_FLAGS, ...flags, gitopsBranches: ["a", "b"], rollbacks: 0 }, SETTINGS)
  expect(merged.repository.name).toBe("ghcr.io/acme/web")
  expect(merged.set).toEqual({ rules: [{ tags: ["latest"] }], untagged: 9 })
  const query = { branches: ["a", "b"], rollbacks: 0 }
  expect(merged.deployments).toEqual([{ git: { repo: "https://git.test/other" }, query }])
})

test.each([
  { name: "another number of days", untagged: 9, result: 9 },
  { name: "0 days, which is never", untagged: 0, result: undefined },
  { name: "nothing, which leaves it to the settings", untagged: undefined, result: 14 },
])("--untagged as $name overrides the settings", ({ untagged, result }) => {
  const settings = { ...SETTINGS, retention: { keep: [{ tags: ["*"] }], untagged: 14 } }
  expect(mergeRetention({ ...NO_FLAGS, untagged }, settings).set.untagged).toBe(result)
})

test.each([-1, 1.5, 10_000])("--untagged=%d is refused", (untagged) => {
  expect(() => mergeRetention({ ...NO_FLAGS, untagged }, SETTINGS)).toThrow(
    `OPTIONS_INVALID: expected --untagged to be 0 to 9999 whole days, got ${untagged}`,
  )
})

test.each([
  { name: "the setting by default", flag: undefined, setting: true, result: true },
  { name: "a false argument over a true setting", flag: false, setting: true, result: false },
  { name: "a true argument over a false setting", flag: true, setting: false, result: true },
  { name: "TLS without either", flag: undefined, setting: undefined, result: false },
])("plain HTTP to the registry follows $name", async ({ flag, setting, result }) => {
  const registry = setting === undefined ? "" : `registry: { plainHttp: ${setting} }\n`
  const files = stubDirectory({ "slipway.yaml": `repository: ghcr.io/acme/app\n${registry}` })
  const flags = { ...NO_FLAGS, keep: ["v*"], registry: { ...(flag !== undefined && { plainHttp: flag }) } }
  const [inSource, handedOver] = await Promise.all([
    readRetention(flags, { source: files, set: [] }),
    readRetention(flags, { settings: files.file("slipway.yaml"), set: [] }),
  ])
  expect([inSource.registry.plainHttp, handedOver.registry.plainHttp]).toEqual([result, result])
})

test("--set overrides the settings, and the source has the registry's certificate", async () => {
  const source = stubDirectory({
    "slipway.yaml": "repository: ghcr.io/acme/app\nregistry: { caCertificate: ca.pem }\n",
    "ca.pem": "certificate",
  })
  const flags = { ...NO_FLAGS, keep: ["v*"], registry: {} }
  const { repository, registry } = await readRetention(flags, { source, set: ["repository=ghcr.io/acme/web"] })
  expect([repository.name, await registry.caCertificate?.contents()]).toEqual(["ghcr.io/acme/web", "certificate"])
})

test("there is no deployment without a GitOps repository", () => {
  const merged = mergeRetention({ ...NO_FLAGS, repository: "ghcr.io/acme/web", keep: ["v*"] }, {})
  expect(merged.deployments).toEqual([])
})

describe("the places whose images are kept are", () => {
  const [own, other] = ["https://git.test/deploy", "https://git.test/platform"]
  const gitops = { repo: own, path: "prod", branch: "live" }
  const NONE: { gitopsRepo?: string; gitopsBranches: string[] } = { gitopsBranches: [] }
  test.each<{ name: string; flags?: typeof NONE; settings: Settings; places: [string, string[]][] }>([
    { name: "the GitOps repository alone", settings: { gitops }, places: [[own, ["live"]]] },
    {
      name: "also those of deployed, each repository once",
      settings: {
        gitops,
        deployed: [{ branches: ["staging", "live"] }, { repo: other }, { repo: other, branches: ["b"] }],
      },
      places: [
        [own, ["live", "staging"]],
        [other, ["live", "b"]],
      ],
    },
    {
      name: "those of deployed without gitops",
      settings: { deployed: [{ repo: other, paths: ["clusters"] }] },
      places: [[other, ["main"]]],
    },
    {
      name: "the repository of the argument alone",
      flags: { gitopsRepo: "https://git.test/a", gitopsBranches: [] },
      settings: { gitops, deployed: [{ repo: other }] },
      places: [["https://git.test/a", ["live"]]],
    },
    {
      name: "the branches of the argument, in each repository",
      flags: { gitopsBranches: ["x"] },
      settings: { gitops, deployed: [{ repo: other, branches: ["b"] }] },
      places: [
        [own, ["x"]],
        [other, ["x"]],
      ],
    },
    { name: "none without any repository", settings: { deployed: [{ branches: ["x"] }] }, places: [] },
  ])("$name", ({ flags = NONE, settings, places }) => {
    expect(deployedPlaces(flags, settings)).toEqual(places.map(([repo, branches]) => ({ repo, branches })))
  })
})

test("a request without a repository is refused", () => {
  expect(() => mergeRetention({ ...NO_FLAGS, keep: ["v*"] }, {})).toThrow(
    /^OPTIONS_INVALID: expected --repository, or repository in slipway/,
  )
})

const token = { plaintext: async () => "t" } as never
const PREVIEWS: Settings = {
  ...{ repository: "ghcr.io/acme/app", gitops: { repo: "https://git.test/deploy", path: "prod" } },
  preview: { gitops: { path: "previews/pr-{number}" } },
}

test("asks the source's forge about previews, which need no rules", () => {
  const merged = mergeRetention({ ...NO_FLAGS, sourceForgeToken: token }, PREVIEWS, "https://github.com/acme/app")
  expect(merged.set).toEqual({ rules: [] })
  expect(merged.previews).toMatchObject({
    access: { place: { repository: "acme/app" } },
    overlays: { template: "previews/pr-{number}", branch: "main" },
  })
})

test("without a token, the rules decide about previews too", () => {
  expect(() => mergeRetention(NO_FLAGS, PREVIEWS)).toThrow("expected rules for the images to keep")
  expect(mergeRetention({ ...NO_FLAGS, keep: ["pr-* days=7"] }, PREVIEWS)).not.toHaveProperty("previews")
})
