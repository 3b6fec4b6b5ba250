import { execFileSync, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag, type Service } from "@dagger.io/dagger"
import { seed } from "./git-server.ts"
import { keptOpen } from "./kept-open.ts"

/** A git server over HTTP on this machine, with a token as its login. */
export type GitWebServer = {
  port: number
  url: (host: string) => string
  /** The server for containers; call it within a session. */
  service: () => Service
  /** The number of refused requests; git's first request has no login. */
  refused: () => number
  git: (...args: string[]) => string
  /** Commits files to main as somebody who has a checkout; returns the commit. */
  commit: (files: Record<string, string>) => string
  stop: () => void
}

/** Serves `deploy.git` with the given files on `main` by git http-backend. */
export async function startGitWebServer(files: Record<string, string>, token: string): Promise<GitWebServer> {
  const base = mkdtempSync(join(tmpdir(), "slipway-git-web-"))
  const bare = join(base, "deploy.git")
  seed(base, bare, files)
  const git = (...args: string[]) => execFileSync("git", ["-C", bare, ...args], { encoding: "utf8" })
  git("config", "http.receivepack", "true")
  const login = `Basic ${btoa(`x-access-token:${token}`)}`
  let refused = 0
  const server = keptOpen(
    createServer((asked, answer) => {
      if (asked.headers.authorization === login) return answerByGit(base, asked, answer)
      if (asked.headers.authorization) refused += 1
      // repeats the request, so that the test finds a secret that git prints
      const message = `no entry with ${asked.headers.authorization}\n`
      answer.writeHead(401, { "www-authenticate": "Basic", "content-type": "text/plain" }).end(message)
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  server.unref()
  const { port } = server.address() as AddressInfo
  const url = (host: string) => `http://${host}:${port}/deploy.git`
  const service = () => dag.host().service([{ frontend: port, backend: port }], { host: "127.0.0.1" })
  const commit = (changed: Record<string, string>) => commitFiles(bare, changed)
  return { port, url, service, git, commit, refused: () => refused, stop: () => void server.close() }
}

function commitFiles(bare: string, files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-checkout-"))
  const who = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, ...who, ...args], { encoding: "utf8", stdio: "pipe" })
  try {
    git("clone", "--quiet", bare, ".")
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text)
    git("add", "--all")
    git("commit", "--quiet", "--message=change")
    git("push", "--quiet", "origin", "HEAD:main")
    return git("rev-parse", "HEAD").trim()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The Common Gateway Interface: https://git-scm.com/docs/git-http-backend, https://datatracker.ietf.org/doc/html/rfc3875 */
function answerByGit(base: string, asked: IncomingMessage, answer: ServerResponse): void {
  const { pathname, search } = new URL(asked.url ?? "", "http://host")
  const header = (name: string) => String(asked.headers[name] ?? "")
  const env = {
    ...{ PATH: process.env["PATH"], GIT_PROJECT_ROOT: base, GIT_HTTP_EXPORT_ALL: "1", REMOTE_USER: "test" },
    ...{ REQUEST_METHOD: asked.method, PATH_INFO: pathname, QUERY_STRING: search.slice(1) },
    ...{ CONTENT_TYPE: header("content-type"), HTTP_CONTENT_ENCODING: header("content-encoding") },
    HTTP_GIT_PROTOCOL: header("git-protocol"),
  }
  const backend = spawn("git", ["http-backend"], { env, stdio: ["pipe", "pipe", "ignore"] })
  asked.pipe(backend.stdin)
  let head = Buffer.alloc(0)
  backend.stdout.on("data", (chunk: Buffer) => {
    if (answer.headersSent) return void answer.write(chunk)
    head = Buffer.concat([head, chunk])
    const end = head.indexOf("\r\n\r\n")
    if (end < 0) return
    const fields = head
      .subarray(0, end)
      .toString()
      .split("\r\n")
      .map((line) => line.split(": ") as [string, string])
    const { Status: status = "200", ...headers } = Object.fromEntries(fields)
    answer.writeHead(Number.parseInt(status, 10), headers).write(head.subarray(end + 4))
  })
  backend.on("close", () => answer.end())
}
