import { basename } from "node:path/posix"
import { stringify } from "yaml"
import type { TestNeeds } from "./compose.ts"
import { type Signing, signingLines } from "./signing.ts"

/** Tests that Slipway can run: their project's folder, and the services and variables that they need. */
export type TestFacts = TestNeeds & { path: string }

/** An image of the repository. `context` is the folder that its Dockerfile copies from. */
export type ImageFacts = { name: string; path: string; dockerfile: string; context: string; tests?: TestFacts }

/** What init finds in a repository's files. */
export type RepositoryFacts = {
  /** One image, or one for each service. */
  images: [ImageFacts, ...ImageFacts[]]
  dockerfiles: string[]
  hasDockerignore: boolean
  /** Folders with a kustomization that refers to another folder. */
  overlays: string[]
  /** Values files of Helm charts. */
  charts: string[]
  /** How the CI job signs. */
  signing: Signing
  /** The web address of the git remote. */
  remote?: string
  /** Steps that the user must do. */
  notes?: string[]
}

/** A slipway.yaml that rehearses unchanged: init's findings as settings, the rest as commented examples. */
export function renderStarter(facts: RepositoryFacts): string {
  const several = facts.images.length > 1
  return [
    "# How Slipway ships this repository. To run every step without any effect: dagger call ship --source=. --rehearse",
    "# Every key is optional. Arguments of ship take precedence. Secrets are arguments, never settings.",
    ...(facts.notes?.length ? ["", ...facts.notes.map((note) => `# ${note}`)] : []),
    "",
    "# The registry repository to push to. If it is set, ship also needs a signer. If not, ship rehearses.",
    `# repository: ${yamlText(repositoryGuess(facts))}`,
    ...(several ? ["# The service's name is appended, unless the service sets repository itself."] : []),
    "",
    ...signingLines(facts.signing),
    "",
    "platforms: [linux/amd64, linux/arm64]",
    "# {sha} is the commit; latest is written only on the default branch.",
    'tags: ["{sha}", latest]',
    "",
    ...(several
      ? servicesLines(facts.images)
      : [...buildLines(facts), "", ...testLines(facts.images[0]), "", ...smokeLines(facts.images[0])]),
    "",
    "scan:",
    "  # With fixed: true, findings without a fix do not fail the scan; with false, each needs a fix or an exception.",
    "  failOn: { severity: HIGH, fixed: true }",
    "  # exceptions:",
    "  #   - { id: CVE-0000-0000, reason: not reachable, owner: team, expires: 2027-01-31 }",
    "",
    ...gitopsLines(facts),
    "",
  ].join("\n")
}

function repositoryGuess({ remote }: RepositoryFacts): string {
  const [, host = "github.com", path = "acme/app"] = remote?.match(/^https?:\/\/([^/]+)\/(.+)$/) ?? []
  const registry = host === "github.com" ? "ghcr.io" : `registry.${host}`
  return `${registry}/${path.toLowerCase()}`
}

function buildLines({ images: [image], dockerfiles, hasDockerignore }: RepositoryFacts): string[] {
  const others = dockerfiles.filter((path) => path !== image.dockerfile)
  return [
    "build:",
    `  dockerfile: ${yamlText(image.dockerfile)}`,
    ...(image.context === "." ? [] : [`  context: ${yamlText(image.context)}`]),
    ...others.map((other) => `  # dockerfile: ${yamlText(other)}`),
    ...(dockerfiles.length ? [] : ["  # No Dockerfile was found. Write one, or name it here."]),
    ...(hasDockerignore
      ? []
      : ["  # There is no .dockerignore, so every file of the repository can end up in the image."]),
  ]
}

const TEST_EXAMPLE = "# test: { image: golang:1.26, commands: [go test ./...], services: [db=postgres:17] }"

function testLines({ tests }: ImageFacts): string[] {
  if (!tests) {
    return [
      "# No tests were found that Slipway can run, so it ships without tests. To run tests, replace false:",
      TEST_EXAMPLE,
      "test: false",
    ]
  }
  const found = testSettings(tests, ".")
  const detection = "# Tests are found by go.mod, package.json, pyproject.toml and similar files."
  return found ? [detection, ...block({ test: found })] : [`${detection} To run others:`, TEST_EXAMPLE]
}

/** An image that needs its tests' services needs them to start, too. */
function smokeLines({ tests }: ImageFacts): string[] {
  const found = tests && smokeSettings(tests)
  const start =
    "# The image is started before it is pushed: it must answer on a port of EXPOSE, or pass its HEALTHCHECK."
  return [start, ...(found ? block({ smoke: found }) : ["# smoke: { path: /healthz }"])]
}

/** Undefined if the image needs nothing that init knows. */
function smokeSettings({ services, variables }: TestFacts): object | undefined {
  const settings = {
    ...(services.length && { services }),
    ...(Object.keys(variables).length && { env: variables }),
  }
  return Object.keys(settings).length ? settings : undefined
}

/** Undefined if the defaults for this folder are right. */
function testSettings({ path, services, variables }: TestFacts, folder: string): object | undefined {
  const settings = {
    ...(path !== folder && { paths: [path] }),
    ...(services.length && { services }),
    ...(Object.keys(variables).length && { variables }),
  }
  return Object.keys(settings).length ? settings : undefined
}

function servicesLines(images: ImageFacts[]): string[] {
  return [
    "# Each service is tested, built, scanned and signed separately, if its files changed. One commit bumps all of them.",
    "services:",
    ...images.flatMap((image) => [
      `  ${yamlText(image.name)}:`,
      ...block(serviceSettings(image)).map((line) => `    ${line}`),
      `    # gitops: { imageName: ${yamlText(image.name)} } # name of the image in the manifests`,
      ...testNote(image).map((line) => `    ${line}`),
    ]),
  ]
}

/** Explains a test setting that users do not expect. */
function testNote({ tests, path, context }: ImageFacts): string[] {
  if (!tests) return ["# No tests were found that Slipway can run, so the service ships without tests."]
  if (tests.path === path || tests.path === context) return []
  return [
    "# No tests were found in its folder, so those of the whole repository run. Any change to them ships the service again.",
  ]
}

function serviceSettings({ path, dockerfile, context, tests }: ImageFacts): object {
  const test = tests ? testSettings(tests, path) : false
  const smoke = tests && smokeSettings(tests)
  return {
    path,
    ...((context !== path || basename(dockerfile) !== "Dockerfile") && { build: { context, dockerfile } }),
    ...(test !== undefined && { test }),
    ...(smoke && { smoke }),
  }
}

/** The text as a YAML scalar on one line, quoted if needed, also within braces. */
function yamlText(text: string): string {
  const list = stringify([text], { collectionStyle: "flow", lineWidth: 0 }).trimEnd()
  return list.includes("\n") ? JSON.stringify(text) : list.slice("[ ".length, -" ]".length)
}

function block(settings: object): string[] {
  return stringify(settings, { lineWidth: 0 }).trimEnd().split("\n")
}

/** Only comments: the manifests may be in another repository, even if this one has some. */
function gitopsLines({ images, overlays, charts, remote }: RepositoryFacts): string[] {
  const found = overlays.length ? overlays : charts
  const [path = "overlays/production", ...others] = found
  const several = images.length > 1
  return [
    "# The GitOps repository that gets the digest of the verified image. It needs --git-token or --git-ssh-key.",
    "# gitops:",
    `#   repo: ${yamlText(found.length && remote ? `${remote}.git` : "https://github.com/acme/deploy")}`,
    `#   path: ${yamlText(path)}`,
    ...others.map((other) => `#   path: ${yamlText(other)}`),
    ...(overlays.length || !charts.length ? [] : ["#   edits: [helm:image]"]),
    ...(several || found === charts ? [] : ["#   imageName: the name of the image in the manifests"]),
  ]
}
