import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Directory, dag } from "@dagger.io/dagger"
import { deployment } from "../e2e/deployment.ts"
import { type GitServer, startGitServer } from "../e2e/git-server.ts"
import { startRegistry, type TestRegistry } from "../e2e/registry.ts"
import { makeSigningKey, type SigningKeyFiles } from "../e2e/signing-key.ts"
import { slipway } from "../e2e/slipway.ts"
import { vulnerabilityDbFolder } from "../e2e/vulnerability-db.ts"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
export const EIGHT: string[] = Array.from({ length: 8 }, (_, n) => `service-${n}`)

/** Where a delivery goes to, and what it signs with; made before any clock runs. */
export type World = { registry: TestRegistry; git: GitServer; key: SigningKeyFiles; database: Directory }
type Files = Record<string, string>

/** An engine that has forgotten everything; what later connections use. Benches at the same time need other names. */
export function emptyEngine(instance = "bench"): void {
  const up = execFileSync(join(ROOT, "test/engine/up"), [`--instance=${instance}`, "--empty"], { encoding: "utf8" })
  for (const line of up.split("\n")) {
    const [, name, value] = line.match(/^export (\w+)="(.*)"$/) ?? []
    if (name && value) process.env[name] = value.replace("$PATH", process.env["PATH"] ?? "")
  }
}

export function removeEngine(instance = "bench"): void {
  execFileSync(join(ROOT, "test/engine/down"), [`--instance=${instance}`, "--empty"])
}

/** Call it within a session. */
export async function openWorld(): Promise<World> {
  const names = ["hello", "app", ...EIGHT]
  const files = {
    ...Object.fromEntries(names.map((name) => [`prod/${name}.yaml`, deployment(name)])),
    "prod/kustomization.yaml": `resources: [${names.map((name) => `${name}.yaml`).join(", ")}]\n`,
  }
  const [registry, git, key] = await Promise.all([startRegistry(), startGitServer(files), makeSigningKey()])
  // the image that a module runs in: whoever calls one has it, before any of its functions begins
  await dag.container().from(slipway()["nodeImage"]).rootfs().entries()
  return { registry, git, key, database: dag.host().directory(vulnerabilityDbFolder()) }
}

/** The example in a repository of its own, which is shipped as its slipway.yaml says. */
export function helloRepository({ git }: World): string {
  const folder = newFolder()
  cpSync(join(ROOT, "examples/hello-go"), folder, { recursive: true })
  const gitops = `gitops: { repo: "${git.url("git.test")}", path: prod, imageName: hello }\n`
  commit(folder, { "slipway.yaml": `repository: registry.test:5000/team/hello\n${PLATFORMS}${gitops}` })
  return folder
}

/** Small services without tests of their own, no two alike: what a service costs beside its build. */
export function servicesRepository({ git }: World, names: string[]): string {
  const folder = newFolder()
  const services = names.map((name) => `  ${name}: { gitops: { imageName: ${name} } }\n`).join("")
  const settings = `repository: registry.test:5000/team\n${PLATFORMS}test: false
gitops: { repo: "${git.url("git.test")}", path: prod }\nservices:\n${services}`
  const sources = names.flatMap((name) => [
    [`${name}/Dockerfile`, "FROM gcr.io/distroless/static-debian12\nCOPY . /app\n"],
    [`${name}/name.txt`, `${name}\n`],
  ])
  commit(folder, { "slipway.yaml": settings, ...Object.fromEntries(sources) })
  return folder
}

const PLATFORMS = "platforms: [linux/amd64, linux/arm64]\n"

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "slipway-bench-"))
}

/** One more commit of a repository, or its first one. */
export function commit(folder: string, files: Files): void {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, stdio: "ignore" })
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  git("init", "--initial-branch=main")
  git("add", ".")
  git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--no-gpg-sign", "-m", "more")
}
