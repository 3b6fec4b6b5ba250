import { execFileSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { dag, type Service } from "@dagger.io/dagger"
import { fillText } from "../../lib/config/file.ts"
import { freePort } from "./git-server.ts"
import { endProcess, runUntilClosed } from "./until-closed.ts"

const { cache } = await import(new URL("../engine/lib/place.mjs", import.meta.url).href)
/** The part of test/engine/up: the program, and the folders that it reads. */
const PART = join(cache, "bin", "slipway-test-gitea")

// biome-ignore lint/suspicious/noExplicitAny: tests read any field of a response
export type GiteaResponse = { status: number; body: any }
type GiteaRequest = { body?: object; token?: string; as?: string }

/** A real Gitea on this machine, with its API, git over HTTP and SSH, and its registry. */
export type Gitea = {
  url: string
  port: number
  sshPort: number
  /** The server for containers, with the same ports; call it within a session. */
  service: () => Service
  /** Calls the API as its administrator, as another user, or with a token. Tests verify by it. */
  ask: (method: string, path: string, request?: GiteaRequest) => Promise<GiteaResponse>
  /** As ask; a refusal is an error. */
  make: (method: string, path: string, body?: object) => Promise<GiteaResponse["body"]>
  /** A user, by name. */
  user: (name: string) => Promise<void>
  tokenOf: (user: string, scopes: string[]) => Promise<string>
  /** The lines of known_hosts for the server under a host name. */
  knownHosts: (host: string) => string
  stop: () => Promise<void>
}

export const ADMIN = "root-of-tests"
const PASSWORD = "fixture-password-1"

/** Starts an empty server; test/engine/up --with=gitea builds it. */
export async function startGitea(): Promise<Gitea> {
  if (!existsSync(PART)) throw new Error(`expected the folder ${PART}, got none. Run test/engine/up --with=gitea.`)
  const part = realpathSync(PART)
  const folder = mkdtempSync(join(tmpdir(), "slipway-gitea-"))
  const [port, sshPort] = await Promise.all([freePort(), freePort()])
  const url = `http://127.0.0.1:${port}`
  const ini = join(folder, "app.ini")
  const secret = () => randomBytes(32).toString("hex")
  const values = { STATIC: part, FOLDER: folder, PORT: String(port), SSHPORT: String(sshPort), SECRET: secret() }
  const template = readFileSync(new URL("gitea.ini", import.meta.url), "utf8")
  writeFileSync(ini, fillText(template, values), { mode: 0o600 })
  const log = join(folder, "log")
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: "1", HOME: folder }
  const program = join(part, "bin/gitea")
  const server = runUntilClosed([program, "web", "--config", ini], { env, log })
  const stop = async () => {
    await endProcess(server)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilHealthy(url, () => readFileSync(log, "utf8"))
    const user = ["--username", ADMIN, "--password", PASSWORD, "--email", "root@example.com"]
    const create = ["admin", "user", "create", "--config", ini, "--admin", "--must-change-password=false", ...user]
    execFileSync(program, create, { env, stdio: "pipe" })
  } catch (error) {
    await stop()
    throw error
  }
  const ports = [port, sshPort].map((one) => ({ frontend: one, backend: one }))
  return {
    ...{ url, port, sshPort, stop },
    ...client(url),
    service: () => dag.host().service(ports, { host: "127.0.0.1" }),
    knownHosts: (host) => `[${host}]:${sshPort} ${hostKey(join(folder, "data/ssh/gitea.rsa"))}`,
  }
}

function client(url: string): Pick<Gitea, "ask" | "make" | "user" | "tokenOf"> {
  const ask: Gitea["ask"] = async (method, path, { body, token, as = ADMIN } = {}) => {
    const authorization = token ? `token ${token}` : `Basic ${btoa(`${as}:${PASSWORD}`)}`
    const headers = { authorization, "content-type": "application/json" }
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: /^[[{]/.test(text) ? JSON.parse(text) : text }
  }
  const make: Gitea["make"] = async (method, path, request) => {
    const { status, body } = await ask(method, path, { ...(request && { body: request }) })
    if (status > 299) throw new Error(`${method} ${path}: HTTP ${status}: ${JSON.stringify(body)}`)
    return body
  }
  return {
    ask,
    make,
    user: async (username) => {
      const account = { username, password: PASSWORD, email: `${username}@example.com`, must_change_password: false }
      await make("POST", "/admin/users", account)
    },
    tokenOf: async (user, scopes) => {
      const name = randomBytes(4).toString("hex")
      const { status, body } = await ask("POST", `/users/${user}/tokens`, { body: { name, scopes }, as: user })
      if (status !== 201) throw new Error(`a token of ${user}: HTTP ${status}: ${JSON.stringify(body)}`)
      return body.sha1
    },
  }
}

async function untilHealthy(url: string, log: () => string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const response = await fetch(`${url}/api/healthz`).catch(() => undefined)
    if (response?.ok) return
    await sleep(200)
  }
  throw new Error(`expected a Gitea at ${url}, got none: ${log().slice(-2000)}`)
}

function hostKey(file: string): string {
  return execFileSync("ssh-keygen", ["-y", "-f", file], { encoding: "utf8" })
}
