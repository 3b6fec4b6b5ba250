import { execFileSync, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { dag, type Service } from "@dagger.io/dagger"

/** A git server on this machine, with one bare repository that tests can read directly. */
export type GitServer = {
  port: number
  url: (host: string) => string
  /** The server for containers; call it within a session. */
  service: () => Service
  git: (...args: string[]) => string
  /** The bytes of a file on main. */
  bytes: (file: string) => Buffer
  refs: () => string
  stop: () => void
}

/** Serves a repository with the given files on `main`, without a login. */
export async function startGitServer(files: Record<string, string | Buffer>, path = "deploy.git"): Promise<GitServer> {
  const base = mkdtempSync(join(tmpdir(), "slipway-git-"))
  const bare = join(base, path)
  seed(base, bare, files)
  const port = await freePort()
  const daemon = spawn(
    "git",
    [
      "daemon",
      "--reuseaddr",
      "--export-all",
      "--enable=receive-pack",
      `--base-path=${base}`,
      "--listen=127.0.0.1",
      `--port=${port}`,
    ],
    { stdio: "ignore" },
  )
  const git = (...args: string[]) => execFileSync("git", ["-C", bare, ...args], { encoding: "utf8" })
  return {
    port,
    service: () => dag.host().service([{ frontend: port, backend: port }], { host: "127.0.0.1" }),
    url: (host) => `git://${host}:${port}/${path}`,
    git,
    bytes: (file) => execFileSync("git", ["-C", bare, "show", `main:${file}`]),
    refs: () => git("for-each-ref", "--format=%(refname) %(objectname)"),
    stop: () => {
      daemon.kill()
      rmSync(base, { recursive: true, force: true })
    },
  }
}

/** Makes a bare repository with the given files on `main`. */
export function seed(base: string, bare: string, files: Record<string, string | Buffer>): void {
  const work = join(base, "seed")
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(work, path)), { recursive: true })
    writeFileSync(join(work, path), text)
  }
  const who = ["-c", "user.name=Seed", "-c", "user.email=seed@example.com"]
  const git = (...args: string[]) => execFileSync("git", ["-C", work, ...who, ...args], { stdio: "ignore" })
  git("init", "--initial-branch=main")
  git("add", ".")
  git("commit", "-m", "seed")
  execFileSync("git", ["clone", "--bare", work, bare], { stdio: "ignore" })
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      probe.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port"))))
    })
  })
}
