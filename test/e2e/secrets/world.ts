import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { type IncomingMessage, request, type ServerResponse } from "node:http"
import type { Service } from "@dagger.io/dagger"
import { jobToken } from "../../login/job-token.ts"
import { type CommitKey, makeCommitKey } from "../commit-key.ts"
import { fakeAwsKms } from "../fake-aws-kms.ts"
import { startFakeVault } from "../fake-vault.ts"
import { type GitWebServer, startGitWebServer } from "../git-web-server.ts"
import { KMS_KINDS, type Kms } from "../kms.ts"
import { PASSWORD, startProtectedRegistry } from "../protected-registry.ts"
import type { SigningKeyFiles } from "../signing-key.ts"
import { type SshAgent, startSshAgent } from "../ssh-agent.ts"
import { type SshGitServer, startSshGitServer } from "../ssh-git-server.ts"
import { readBody, startTlsServer } from "../tls-server.ts"

const NAME = "registry.test"
const value = (what: string) => `${what}-${randomUUID()}`

/** The secrets of a CI job, a cloud and a person, new in each run, so that no earlier run has left them anywhere. */
const given = {
  buildToken: value("build-env"),
  buildFile: value("build-file"),
  buildCommand: value("build-cmd"),
  testToken: value("test-env"),
  testFile: value("test-file"),
  gitToken: value("git-token"),
  runnerToken: value("runner-token"),
  vaultToken: value("vault-token"),
  kmsSecretKey: value("kms-secret-key"),
  kmsSessionToken: value("kms-session"),
  lentSecretKey: value("lent-secret-key"),
  lentSessionToken: value("lent-session"),
  googleToken: value("google-federated"),
  azureToken: value("azure-access"),
  idToken: jobToken({ jti: value("job") }),
  identityToken: jobToken({ jti: value("id"), iss: "https://issuer.test", email: "me@example.com", aud: "sigstore" }),
}

/** All services on this machine that take a secret, and the secrets. */
export type SecretWorld = typeof given & {
  /** The registry, Vault, AWS KMS and a refusing Fulcio, behind one port with TLS. */
  host: string
  port: number
  authority: string
  /** The requests at that port: method, path and AWS's action. */
  asked: string[]
  kmsKeyId: string
  dockerConfig: string
  /** The same registry without TLS. */
  registry: { port: number; service: Service; tags: (repository: string) => Promise<string[]> }
  key: SigningKeyFiles
  commitKey: CommitKey
  git: GitWebServer
  sshGit: SshGitServer
  agent: SshAgent
  /** The KMS with a fixed host, by host. */
  clouds: Record<string, Kms>
  /** The texts that must be found nowhere: all secrets, and values derived from them. */
  secrets: Record<string, string>
}

/** Call it within a session. The key is made elsewhere, because it may be found where it was made. */
export async function startSecretWorld(files: Record<string, string>, key: SigningKeyFiles): Promise<SecretWorld> {
  const [registry, git, agent] = await Promise.all([
    startProtectedRegistry(),
    startGitWebServer(files, given.gitToken),
    startSshAgent(),
  ])
  const sshGit = await startSshGitServer(files, agent.publicKey)
  const commitKey = makeCommitKey()
  const clouds = await startClouds()
  const front = await startFront(registry.port)
  const host = `${NAME}:${front.port}`
  const auth = btoa(`robot:${PASSWORD}`)
  const dockerConfig = JSON.stringify({ auths: { [host]: { auth } } })
  const secrets = {
    ...given,
    idToken: secretPart(given.idToken),
    identityToken: secretPart(given.identityToken),
    registryPassword: PASSWORD,
    registryLogin: auth,
    gitLogin: btoa(`x-access-token:${given.gitToken}`),
    signingPassword: key.password,
    signingKey: ownPart(readFileSync(key.privateKey, "utf8")),
    sshKey: ownPart(agent.privateKey),
    commitKey: ownPart(commitKey.text),
    commitPassword: commitKey.password,
    ...secretsOf(clouds),
  }
  return {
    ...given,
    ...front,
    host,
    registry: { ...registry, tags: tagsAt(registry.port) },
    key,
    commitKey,
    git,
    sshGit,
    agent,
    clouds,
    dockerConfig,
    secrets,
  }
}

export const CLOUDS = ["login.microsoftonline.com", "cloudkms.googleapis.com"]

async function startClouds(): Promise<Record<string, Kms>> {
  const kinds = KMS_KINDS.filter(({ host }) => CLOUDS.includes(host))
  return Object.fromEntries(await Promise.all(kinds.map(async ({ host, start }) => [host, await start(host)])))
}

/** The lines of a key that identify it: keys of one kind have the same first line. */
function ownPart(key: string): string {
  return key.split("\n").slice(2).join("\n")
}

function secretsOf(clouds: Record<string, Kms>): Record<string, string> {
  const own = (secret: string) => (secret.startsWith("-----") ? ownPart(secret) : secret)
  const all = Object.entries(clouds).flatMap(([host, kms]) =>
    [...kms.secrets, ...kms.stranger.secrets].map((secret, n) => [`${host} ${n}`, own(secret)]),
  )
  return Object.fromEntries(all)
}

function tagsAt(port: number): (repository: string) => Promise<string[]> {
  const headers = { authorization: `Basic ${btoa(`robot:${PASSWORD}`)}` }
  return async (repository) => {
    const answer = await fetch(`http://127.0.0.1:${port}/v2/${repository}/tags/list`, { headers })
    return ((await answer.json()) as { tags: string[] }).tags
  }
}

/** A token's claims; its header is not secret. */
function secretPart(token: string): string {
  return token.split(".")[1] ?? ""
}

async function startFront(registryPort: number) {
  const asked: string[] = []
  const kmsKeyId = "ASIAFIXTURE"
  const keys = { accessKeyId: kmsKeyId, secretAccessKey: given.kmsSecretKey, sessionToken: given.kmsSessionToken }
  const kms = fakeAwsKms("alias/release", keys)
  const vault = await startFakeVault("release", given.vaultToken)
  const { port, authority } = await startTlsServer(NAME, (question, answer) => {
    const path = question.url ?? ""
    asked.push(`${question.method} ${path} ${question.headers["x-amz-target"] ?? ""}`.trim())
    if (path.startsWith("/v2/")) return forward(registryPort, question, answer)
    if (path.startsWith("/v1/transit/")) return forward(vault.port, question, answer)
    if (path === "/") return kms.answer(question, answer)
    return void repeat(question, answer)
  })
  return { port, authority, asked, kmsKeyId }
}

/** The headers of a reverse proxy, by which the registry makes the addresses of its uploads. */
function forward(port: number, asked: IncomingMessage, answer: ServerResponse): void {
  const { url: path, method } = asked
  const headers = { ...asked.headers, "x-forwarded-proto": "https" }
  const passed = request({ host: "127.0.0.1", port, path, method, headers }, (real) => {
    answer.writeHead(real.statusCode ?? 502, real.headers)
    real.pipe(answer)
  })
  passed.on("error", () => answer.destroy())
  asked.pipe(passed)
}

/** Refuses a request and repeats it, with its secrets. */
async function repeat(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const message = `refused: ${asked.headers.authorization ?? ""} ${await readBody(asked)}`
  answer.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify({ code: 7, message }))
}
