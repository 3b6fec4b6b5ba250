import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll } from "vitest"
import { readShipOptions } from "../../lib/ship/options/options.ts"
import { shipAll } from "../../lib/ship/run.ts"
import type { ServicesRelease } from "../../lib/ship/services.ts"
import { NO_FLAGS } from "../ship/no-flags.ts"
import { deployment } from "./deployment.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { shipTools } from "./ship-options.ts"
import { makeSigningKey, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

export const DOCKERFILE = "FROM gcr.io/distroless/static-debian12\nCOPY . /app\n"
const SETTINGS = `repository: registry.test:5000/team
platforms: [linux/amd64]
tags: ["{sha}"]
test: false
gitops: { repo: REPO, path: prod }
services:
  api: { gitops: { imageName: api } }
  web: { path: front, gitops: { imageName: web } }
`

type Run = { rehearse?: boolean; services?: string[]; prepare?: boolean }

/** A repository with the services `api` and `web`, and where they are shipped to. */
type ServicesWorld = {
  registry: TestRegistry
  git: GitServer
  /** The repository's slipway.yaml. */
  settings: string
  /** Makes another commit of the services' repository. */
  commit: (files: Record<string, string>) => void
  run: (what?: Run) => Promise<ServicesRelease>
  /** The number of commits in the GitOps repository. */
  commits: () => number
  overlay: () => string
}

/** Call it once in a file that uses an engine; it is there when the tests begin. */
export function useServices(): ServicesWorld {
  const world = {} as ServicesWorld
  beforeAll(async () => {
    Object.assign(world, await openServices())
    world.commit({ "slipway.yaml": world.settings, "api/Dockerfile": DOCKERFILE, "front/Dockerfile": DOCKERFILE })
  })
  afterAll(() => world.git?.stop())
  return world
}

async function openServices(): Promise<ServicesWorld> {
  const deployments = ["api", "web"].map((name) => [`prod/${name}.yaml`, deployment(name)] as const)
  const kustomization = "resources: [api.yaml, web.yaml]\n"
  const overlay = { ...Object.fromEntries(deployments), "prod/kustomization.yaml": kustomization }
  const [registry, git, key] = await Promise.all([startRegistry(), startGitServer(overlay), makeSigningKey()])
  const repository = mkdtempSync(join(tmpdir(), "slipway-services-"))
  execFileSync("git", ["init", "--initial-branch=main"], { cwd: repository, stdio: "ignore" })
  return {
    ...{ registry, git, settings: SETTINGS.replace("REPO", git.url("git.test")) },
    commit: (files) => commit(repository, files),
    run: async ({ rehearse = false, services = [], prepare = false } = {}) => {
      const module = slipway({ vulnerabilityDb: dag.host().directory(vulnerabilityDbFolder()) })
      const source = dag.host().directory(repository, { noCache: true })
      const flags = {
        ...{ ...NO_FLAGS, rehearse, services, prepare, signing: await signingSecrets(key) },
        registry: { service: registry.service, plainHttp: true },
        git: { gitService: git.service() },
      }
      const shipped = await shipAll(source, await readShipOptions(source, flags, shipTools(module)))
      if (!("services" in shipped)) throw new Error("no services were shipped")
      return shipped
    },
    commits: () => Number(git.git("rev-list", "--count", "main")),
    overlay: () => git.git("show", "main:prod/kustomization.yaml"),
  }
}

function commit(repository: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, path)), { recursive: true })
    writeFileSync(join(repository, path), text)
  }
  const who = ["-c", "user.name=Seed", "-c", "user.email=seed@example.com"]
  execFileSync("git", ["add", "."], { cwd: repository })
  execFileSync("git", [...who, "commit", "--no-gpg-sign", "-m", "more"], { cwd: repository, stdio: "ignore" })
}

export function outcomes({ services }: ServicesRelease): Record<string, string> {
  return Object.fromEntries([...services].map(([name, { status }]) => [name, status]))
}

export function digestOf({ services }: ServicesRelease, name: string): string | undefined {
  return services.get(name)?.release?.record.image?.digest
}
