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
import { unverified } from "./unverified.ts"

useEngine()

/** Each user has a separate token, so a working token tells which user git sent. */
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

/** A bump to a new digest. */
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
    verify: unverified,
    dryRun: false,
  })
  return { said, digest }
}

describe("token over HTTP", () => {
  test.each([
    { host: "git.test", user: "x-access-token" as const },
    { host: "gitlab.test", user: "oauth2" as const },
    { host: "bitbucket.org", user: "x-token-auth" as const },
    { host: "bitbucket.org.test", user: "x-access-token" as const },
    { host: "git.test", user: "robot" as const, username: "robot" },
  ])("sends a token to $host as $user", async ({ host, user, username }) => {
    const access = { repo: `http://${host}/deploy.git`, token: secret(users[user]), ...(username && { username }) }
    const { said, digest } = await bump(access)
    expect(said).toMatch(/^Bumped /)
    expect(await values()).toContain(digest)
  })

  test("accepts a token with a newline at its end", async () => {
    const { digest } = await bump({ repo: "http://git.test/deploy.git", token: secret(`${users["x-access-token"]}\n`) })
    expect(await values()).toContain(digest)
  })

  test("does not show a wrong token, or reuse it for another bump", async () => {
    const wrong = `wrong-${randomUUID()}`
    const repo = "http://git.test/deploy.git"
    const [refused, right] = await Promise.all([
      bump({ repo, token: secret(wrong) }).then(() => "", String),
      bump({ repo, token: secret(users["x-access-token"]) }),
    ])
    expect(refused).toMatch(
      /GIT_FAILED: expected to clone the branch main of http:\/\/git\.test\/deploy\.git, got a refused login/,
    )
    expect(refused).toContain("Pass a --git-token (with --git-username where the forge requires one)")
    expect(refused).not.toContain(wrong)
    expect(refused).not.toContain(btoa(`x-access-token:${wrong}`))
    expect(await values()).toContain(right.digest)
  })

  test("names --git-token if the login is missing", async () => {
    await expect(bump({ repo: "http://git.test/deploy.git" })).rejects.toThrow(
      /GIT_FAILED: .*a refused login.*--git-token/s,
    )
  })
})

describe("key over SSH", () => {
  const repo = "root@git.test:/srv/git/deploy.git"
  const hostKeys = (line: string): File => dag.file("known_hosts", line)

  test("pushes with an SSH key and a known host key", async () => {
    const { digest } = await bump({ repo, sshKey: server.key, knownHosts: server.knownHosts })
    expect(await values()).toContain(digest)
  })

  test("accepts an SSH key without its final newline", async () => {
    const sshKey = secret((await server.key.plaintext()).trimEnd())
    const { digest } = await bump({ repo, sshKey, knownHosts: server.knownHosts })
    expect(await values()).toContain(digest)
  })

  test.each([
    { name: "another host key", line: `git.test ${OTHER}\n` },
    { name: "no host key", line: `other.test ${OTHER}\n` },
  ])("sends nothing to a server with $name in known_hosts", async ({ line }) => {
    const before = await values()
    const refused = bump({ repo, sshKey: server.key, knownHosts: hostKeys(line) })
    await expect(refused).rejects.toThrow(
      /^GIT_FAILED: .*a server whose host key is not in --git-known-hosts.*Verify the key with the server's operator/s,
    )
    expect(await values()).toBe(before)
  })
})
