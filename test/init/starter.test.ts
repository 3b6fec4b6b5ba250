import { describe, expect, test } from "vitest"
import { parseSettings } from "../../src/config/settings-file.ts"
import { type RepositoryFacts, renderStarter } from "../../src/init/starter.ts"

const bare: RepositoryFacts = { dockerfiles: [], hasDockerignore: false, overlays: [] }
const full: RepositoryFacts = {
  dockerfiles: ["api/Dockerfile", "web/Dockerfile"],
  hasDockerignore: true,
  overlays: ["deploy/prod", "deploy/staging"],
  remote: "https://gitlab.com/Acme/Shop/App",
}
/** The same file with its comments taken as said. */
const uncommented = (text: string) =>
  text.split("\n").filter((line) => !/^# [A-Z{]/.test(line) && !/^ {2}# [A-Z]/.test(line))

describe.each([
  { name: "an empty repository", facts: bare },
  { name: "a full one", facts: full },
])("the starter of $name", ({ facts }) => {
  test("is valid as it is, and names no destination", () => {
    const settings = parseSettings(renderStarter(facts))
    expect(settings).toMatchObject({ platforms: ["linux/amd64", "linux/arm64"], tags: ["{sha}", "latest"] })
    expect(settings.image ?? settings.gitops).toBeUndefined()
  })
})

test.each([
  { name: "the first Dockerfile", facts: full, line: "  dockerfile: api/Dockerfile" },
  { name: "the others as comments", facts: full, line: "  # dockerfile: web/Dockerfile" },
  { name: "an image in the forge's own registry", facts: full, line: "# image: registry.gitlab.com/acme/shop/app" },
  {
    name: "GitHub's registry for GitHub",
    facts: { ...bare, remote: "https://github.com/Acme/App" },
    line: "# image: ghcr.io/acme/app",
  },
  { name: "the overlays that there are", facts: full, line: "#   path: deploy/prod" },
  {
    name: "this repository where its overlays are",
    facts: full,
    line: "#   repo: https://gitlab.com/Acme/Shop/App.git",
  },
  {
    name: "that there is no Dockerfile",
    facts: bare,
    line: "  # No Dockerfile was found: write one, or name it here.",
  },
])("it names $name", ({ facts, line }) => {
  expect(renderStarter(facts).split("\n")).toContain(line)
})

test("its commented keys are valid too", () => {
  const lines = uncommented(renderStarter(bare)).map((line) => line.replace(/^# /, "").replace(/^( *)# /, "$1"))
  const settings = parseSettings(lines.join("\n"))
  expect(settings).toMatchObject({
    image: "ghcr.io/acme/app",
    test: { commands: ["go test ./..."], services: ["db=postgres:17"] },
    gitops: { repo: "https://github.com/acme/deploy", path: "overlays/production" },
  })
  expect(settings.scan?.exceptions).toHaveLength(1)
})
