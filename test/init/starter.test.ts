import { describe, expect, test } from "vitest"
import { serviceSettings } from "../../lib/config/services.ts"
import { parseSettings } from "../../lib/config/settings-file.ts"
import { type ImageFacts, type RepositoryFacts, renderStarter } from "../../lib/init/starter.ts"

const tests = { path: ".", services: [], variables: {} }
const app: ImageFacts = { name: "app", path: ".", dockerfile: "Dockerfile", context: ".", tests }
const bare: RepositoryFacts = {
  images: [app],
  dockerfiles: [],
  hasDockerignore: false,
  overlays: [],
  charts: [],
  signing: "keyless",
}
const full: RepositoryFacts = {
  ...bare,
  images: [{ ...app, dockerfile: "api/Dockerfile" }],
  dockerfiles: ["api/Dockerfile", "web/Dockerfile"],
  hasDockerignore: true,
  overlays: ["deploy/prod", "deploy/staging"],
  remote: "https://gitlab.com/Acme/Shop/App",
}
const db = ["db=postgres:17 env=POSTGRES_DB=orders"]
const variables = { DATABASE_URL: "postgres://postgres@db:5432/orders" }
const several: RepositoryFacts = {
  ...bare,
  images: [
    { ...app, name: "api", path: "services/api", context: ".", dockerfile: "services/api/Dockerfile" },
    {
      ...{ name: "web", path: "web", context: "web", dockerfile: "web/Dockerfile" },
      tests: { path: "web", services: db, variables },
    },
    { name: "docs", path: "docs", context: "docs", dockerfile: "docs/Dockerfile" },
  ],
}
/** The same file with its example settings uncommented. */
const uncommented = (text: string) =>
  text
    .split("\n")
    .filter((line) => !/^ *# ?[A-Z{]/.test(line))
    .map((line) => line.replace(/^( *)# /, "$1"))
    .join("\n")

describe.each([
  { name: "an empty repository", facts: bare },
  { name: "a full repository", facts: full },
  { name: "a repository without tests", facts: { ...bare, images: [{ ...app, tests: undefined }] } as RepositoryFacts },
  { name: "a repository of several services", facts: several },
])("the starter of $name", ({ facts }) => {
  test("is valid unchanged, and sets no destination", () => {
    const settings = parseSettings(renderStarter(facts))
    expect(settings).toMatchObject({ platforms: ["linux/amd64", "linux/arm64"], tags: ["{sha}", "latest"] })
    expect(settings.repository ?? settings.gitops).toBeUndefined()
  })
})

test.each([
  { name: "the first Dockerfile", facts: full, line: "  dockerfile: api/Dockerfile" },
  { name: "other Dockerfiles as comments", facts: full, line: "  # dockerfile: web/Dockerfile" },
  {
    name: "an image in the forge's own registry",
    facts: full,
    line: "# repository: registry.gitlab.com/acme/shop/app",
  },
  {
    name: "GitHub's registry for GitHub",
    facts: { ...bare, remote: "https://github.com/Acme/App" },
    line: "# repository: ghcr.io/acme/app",
  },
  { name: "the overlays", facts: full, line: "#   path: deploy/prod" },
  {
    name: "this repository if it has the overlays",
    facts: full,
    line: "#   repo: https://gitlab.com/Acme/Shop/App.git",
  },
  { name: "a chart's values", facts: { ...bare, charts: ["chart/values.yaml"] }, line: "#   path: chart/values.yaml" },
  { name: "the edit of a chart", facts: { ...bare, charts: ["chart/values.yaml"] }, line: "#   edits: [helm:image]" },
  {
    name: "the missing Dockerfile",
    facts: bare,
    line: "  # No Dockerfile was found. Write one, or name it here.",
  },
])("the starter names $name", ({ facts, line }) => {
  expect(renderStarter(facts).split("\n")).toContain(line)
})

test("the starter has the services and variables of the tests", () => {
  const images: RepositoryFacts["images"] = [{ ...app, tests: { path: "api", services: db, variables } }]
  const settings = parseSettings(renderStarter({ ...bare, images }))
  expect(settings.test).toEqual({ paths: ["api"], services: db, variables })
  expect(settings.smoke).toEqual({ services: db, env: variables })
})

test("an image without tests gets test: false", () => {
  expect(parseSettings(renderStarter({ ...bare, images: [{ ...app, tests: undefined }] })).test).toBe(false)
})

test("the commented settings of the starter are valid", () => {
  const settings = parseSettings(uncommented(renderStarter(bare)))
  expect(settings).toMatchObject({
    repository: "ghcr.io/acme/app",
    test: { commands: ["go test ./..."], services: ["db=postgres:17"] },
    gitops: { repo: "https://github.com/acme/deploy", path: "overlays/production" },
  })
  expect(settings.scan?.exceptions).toHaveLength(1)
})

describe("several services", () => {
  const services = serviceSettings(parseSettings(uncommented(renderStarter(several))))

  test("are built from their folder, or from the root if their Dockerfile copies from there", () => {
    const builds = Object.fromEntries([...services].map(([name, { build }]) => [name, build]))
    expect(builds).toEqual({
      api: { context: ".", dockerfile: "services/api/Dockerfile" },
      web: { context: "web" },
      docs: { context: "docs" },
    })
  })

  test("are tested where their tests are, with the services that these need", () => {
    expect(Object.fromEntries([...services].map(([name, its]) => [name, its.test]))).toEqual({
      api: { paths: ["."] },
      web: { paths: ["web"], services: db, variables },
      docs: false,
    })
  })

  test("have an image and a name in the manifests each, once uncommented", () => {
    expect([...services.values()].map(({ repository, gitops }) => [repository, gitops?.imageName])).toEqual([
      ["ghcr.io/acme/app/api", "api"],
      ["ghcr.io/acme/app/web", "web"],
      ["ghcr.io/acme/app/docs", "docs"],
    ])
  })
})

test("the starter explains that the tests of the whole repository ship a service for any change", () => {
  const note =
    "# No tests were found in its folder, so those of the whole repository run. Any change to them ships the service again."
  const front = { name: "web", path: "web", context: "web", dockerfile: "web/Dockerfile" }
  const starter = (web: ImageFacts) => renderStarter({ ...bare, images: [several.images[0], web] })
  expect(starter({ ...front, tests })).toContain(note)
  expect(starter({ ...front, tests: { ...tests, path: "web" } })).not.toContain(note)
  expect(starter({ ...front, context: ".", tests })).not.toContain(note)
})

describe.each(["a: b", "x #y", "- z", "true", "1", "{a,b}", 'it\'s "so"', "two\nlines: 1", "*all"])(
  "a folder %j",
  (folder) => {
    const odd: ImageFacts = { ...app, path: folder, context: folder, dockerfile: `${folder}/Dockerfile` }

    test("is quoted as the build context", () => {
      const facts = { ...bare, images: [odd], dockerfiles: [odd.dockerfile, `${folder}/Other`] } as RepositoryFacts
      const { build } = parseSettings(renderStarter(facts))
      expect(build).toEqual({ dockerfile: `${folder}/Dockerfile`, context: folder })
    })

    test("is quoted in a comment, too", () => {
      const text = renderStarter({ ...bare, overlays: [folder, `${folder}/other`], remote: "https://git.test/a/b" })
      expect(parseSettings(text)).not.toHaveProperty("gitops")
      const uncommentedText = text.replace(/^# gitops:$/m, "gitops:").replace(/^# {3}(repo|path):/gm, "  $1:")
      const first = uncommentedText.replace(/^ {2}path: .*other"?$/m, "")
      expect(parseSettings(first).gitops?.path).toBe(folder)
    })

    test("is quoted as the context of one of several services", () => {
      const facts = {
        ...bare,
        images: [
          { ...odd, name: "api" },
          { ...app, name: "web", path: "web" },
        ],
      } as RepositoryFacts
      expect(serviceSettings(parseSettings(renderStarter(facts))).get("api")?.build?.context).toBe(folder)
    })
  },
)
