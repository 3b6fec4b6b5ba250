import { randomUUID } from "node:crypto"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag, type File, type Secret } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository, type GitAccessInput } from "../../lib/gitops/bump-gitops.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { type EngineGitServer, keyPair, startEngineGitServer } from "./engine-git-server.ts"
import { useEngine } from "./session.ts"
import { toolImage } from "./slipway.ts"

useEngine()

/** Each user has a token of its own, so a token that works says which user git gave. */
const users = {
  "x-access-token": `any-${randomUUID()}`,
  oauth2: `gitlab-${randomUUID()}`,
  "x-token-auth": `bitbucket-${randomUUID()}`,
  robot: `robot-${randomUUID()}`,
}
const OTHER = keyPair(mkdtempSync(join(tmpdir(), "slipway-key-")), "other").publicKey
const files = { "values.yaml": "image:\n  repository: ghcr.io/acme/hello\n  digest: ''\n" }

let server: EngineGitServer
beforeAll(async () => {
  server = await startEngineGitServer({ repositories: { deploy: { files } }, users })
})

const secret = (text: string): Secret => dag.setSecret(`git-access-${randomUUID()}`, text)
const values = () => server.run("git -C /srv/git/deploy.git show main:values.yaml")

/** A bump to what nobody wrote before. */
async function bump(access: Omit<GitAccessInput, "gitService">): Promise<{ said: string; digest: string }> {
  const digest = digestOf(randomUUID())
  const said = await bumpRepository({
    access: { ...access, gitService: server.service },
    options: {
      ...{ path: "values.yaml", edits: ["helm:image"], image: "hello", branch: "main", timeout: 60 },
      ref: `ghcr.io/acme/hello@${digest}`,
    },
    image: toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE,
    run: newRun(),
    dryRun: false,
  })
  return { said, digest }
}

describe("a token over HTTP", () => {
  test.each([
    { host: "git.test", user: "x-access-token" as const },
    { host: "gitlab.test", user: "oauth2" as const },
    { host: "bitbucket.org", user: "x-token-auth" as const },
    { host: "bitbucket.org.test", user: "x-access-token" as const },
    { host: "git.test", user: "robot" as const, username: "robot" },
  ])("writes to $host as $user", async ({ host, user, username }) => {
    const access = { repo: `http://${host}/deploy.git`, token: secret(users[user]), ...(username && { username }) }
    const { said, digest } = await bump(access)
    expect(said).toMatch(/^Bumped /)
    expect(await values()).toContain(digest)
  })

  test("with a line end, as files have one, is the same token", async () => {
    const { digest } = await bump({ repo: "http://git.test/deploy.git", token: secret(`${users["x-access-token"]}\n`) })
    expect(await values()).toContain(digest)
  })

  test("that is wrong is refused in one sentence without it, and does not take the place of a right one", async () => {
    const wrong = `wrong-${randomUUID()}`
    const repo = "http://git.test/deploy.git"
    const [refused, right] = await Promise.all([
      bump({ repo, token: secret(wrong) }).then(() => "", String),
      bump({ repo, token: secret(users["x-access-token"]) }),
    ])
    expect(refused).toMatch(
      /GIT_FAILED: expected the branch main of http:\/\/git\.test\/deploy\.git, got a refusal of the login/,
    )
    expect(refused).toContain("Pass --git-token (with --git-username where the forge wants one)")
    expect(refused).not.toContain(wrong)
    expect(refused).not.toContain(btoa(`x-access-token:${wrong}`))
    expect(await values()).toContain(right.digest)
  })

  test("is not there: the sentence says what to pass", async () => {
    await expect(bump({ repo: "http://git.test/deploy.git" })).rejects.toThrow(
      /GIT_FAILED: .*a refusal of the login.*--git-token/s,
    )
  })
})

describe("a key over SSH", () => {
  const repo = "root@git.test:/srv/git/deploy.git"
  const hostKeys = (line: string): File => dag.file("known_hosts", line)

  test("writes, with the host key that is known", async () => {
    const { digest } = await bump({ repo, sshKey: server.key, knownHosts: server.knownHosts })
    expect(await values()).toContain(digest)
  })

  test("without its last line end, as variables lose it, is the same key", async () => {
    const sshKey = secret((await server.key.plaintext()).trimEnd())
    const { digest } = await bump({ repo, sshKey, knownHosts: server.knownHosts })
    expect(await values()).toContain(digest)
  })

  test.each([
    { name: "another key of the host", line: `git.test ${OTHER}\n` },
    { name: "no key of the host", line: `other.test ${OTHER}\n` },
  ])("$name is final: nothing is sent to a server that nobody knows", async ({ line }) => {
    const before = await values()
    const refused = bump({ repo, sshKey: server.key, knownHosts: hostKeys(line) })
    await expect(refused).rejects.toThrow(
      /^GIT_FAILED: .*a server whose host key is not in --git-known-hosts.*never accept it unseen/s,
    )
    expect(await values()).toBe(before)
  })
})
