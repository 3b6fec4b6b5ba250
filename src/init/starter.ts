/** What a repository shows of itself, by its files. */
export type RepositoryFacts = {
  dockerfiles: string[]
  hasDockerignore: boolean
  /** Folders with a kustomization that builds on another one. */
  overlays: string[]
  /** The web address of the git remote. */
  remote?: string
}

/** A slipway.yaml to begin with: what was found, and as comments what only its owner knows. It rehearses as it is. */
export function renderStarter(facts: RepositoryFacts): string {
  const { dockerfiles, hasDockerignore } = facts
  const [dockerfile = "Dockerfile", ...others] = dockerfiles
  return [
    "# How Slipway ships this repository: https://dagger.io module, call ship --source=. to rehearse.",
    "# Every key is optional; arguments of ship win over it; secrets are arguments, never written here.",
    "",
    "# Where the image goes. Without it, ship rehearses; with it, ship wants --key as well.",
    `# image: ${imageGuess(facts)}`,
    "",
    "platforms: [linux/amd64, linux/arm64]",
    "# {sha} is the commit; latest is written on the default branch alone.",
    'tags: ["{sha}", latest]',
    "",
    "build:",
    `  dockerfile: ${dockerfile}`,
    ...others.map((other) => `  # dockerfile: ${other}`),
    ...(dockerfiles.length ? [] : ["  # No Dockerfile was found: write one, or name it here."]),
    ...(hasDockerignore
      ? []
      : ["  # There is no .dockerignore: every file of the repository can end up in the image."]),
    "",
    "# The tests are recognised by go.mod, package.json, pyproject.toml and the like. Their own way:",
    "# test:",
    "#   image: golang:1.26",
    "#   commands: [go test ./...]",
    "#   services: [db=postgres:17]",
    "",
    "scan:",
    "  severity: HIGH",
    "  ignoreUnfixed: false",
    "  # exceptions:",
    "  #   - { id: CVE-0000-0000, reason: not reachable, owner: team, expires: 2027-01-31 }",
    "",
    ...gitopsLines(facts),
    "",
  ].join("\n")
}

function imageGuess({ remote }: RepositoryFacts): string {
  const [, host = "github.com", path = "acme/app"] = remote?.match(/^https?:\/\/([^/]+)\/(.+)$/) ?? []
  const registry = host === "github.com" ? "ghcr.io" : `registry.${host}`
  return `${registry}/${path.toLowerCase()}`
}

/** Overlays beside the code are a hint: many keep them in a repository of their own. */
function gitopsLines({ overlays, remote }: RepositoryFacts): string[] {
  const [path = "overlays/production", ...others] = overlays
  return [
    "# Where the digest is written to, once the image is verified; --git-token or --git-ssh-key opens it.",
    "# gitops:",
    `#   repo: ${overlays.length && remote ? `${remote}.git` : "https://github.com/acme/deploy"}`,
    `#   path: ${path}`,
    ...others.map((other) => `#   path: ${other}`),
    "#   image: the name of the image in the manifests",
  ]
}
