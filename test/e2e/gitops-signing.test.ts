import { randomUUID } from "node:crypto"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Container, dag, type Secret } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository, promoteRepository, rollbackRepository } from "../../lib/gitops/bump-gitops.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { daggerCall } from "./dagger-call.ts"
import { gitClient, keyPair } from "./engine-git-server.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { useEngine } from "./session.ts"
import { toolImage } from "./slipway.ts"
import { unverified } from "./unverified.ts"

useEngine()

const GPG_IMAGE = "docker.io/library/buildpack-deps:bookworm-scm"
const PASSWORD = `pass phrase ${randomUUID()}`
const folder = mkdtempSync(join(tmpdir(), "slipway-commit-key-"))
const plain = keyPair(folder, "plain")
const locked = keyPair(folder, "locked", PASSWORD)
const values = "image:\n  repository: ghcr.io/acme/hello\n  digest: ''\n"

let server: GitServer
let openPgp: { privateKey: string; publicKey: string }
beforeAll(async () => {
  ;[server, openPgp] = await Promise.all([
    startGitServer({ "staging.yaml": values, "production.yaml": values }),
    openPgpKey(),
  ])
})
afterAll(() => server?.stop())

/** A key that gpg created, with the password. */
async function openPgpKey(): Promise<typeof openPgp> {
  const made = dag
    .container()
    .from(GPG_IMAGE)
    .withEnvVariable("MOMENT", randomUUID())
    .withNewFile("/password", PASSWORD)
    .withExec([...GPG, "--quick-gen-key", "Ada <ada@example.com>", "ed25519", "sign", "never"])
    .withExec([...GPG, "--armor", "--output", "/private", "--export-secret-keys"])
    .withExec([...GPG, "--armor", "--output", "/public", "--export"])
  const [privateKey, publicKey] = await Promise.all([made.file("/private").contents(), made.file("/public").contents()])
  return { privateKey, publicKey }
}
const GPG = ["gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase-file", "/password"]

const secret = (text: string): Secret => dag.setSecret(`commit-key-${randomUUID()}`, text)
const tip = () => server.git("rev-parse", "main").trim()

type Wish = { key: string; password?: string; gitImage?: string }

const writer = ({ key, password, gitImage }: Wish) => ({
  access: {
    ...{ repo: server.url("git.test"), gitService: server.service(), signingKey: secret(key) },
    ...(password !== undefined && { signingPassword: secret(password) }),
  },
  image: toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE,
  ...(gitImage && { gitImage }),
  run: newRun(),
  verify: unverified,
})
const options = { image: "hello", branch: "main", timeout: 60 }
const staging = { path: "staging.yaml", edits: ["helm:image"] }

function bump(wish: Wish): Promise<string> {
  const ref = `ghcr.io/acme/hello@${digestOf(randomUUID())}`
  return bumpRepository({ ...writer(wish), options: { ...options, ...staging, ref }, dryRun: false })
}

/** Verifies a commit by git with one public key. */
async function verify(commit: string, prepared: Container, settings: string[] = []): Promise<string> {
  return await prepared
    .withServiceBinding("git.test", server.service())
    .withEnvVariable("MOMENT", randomUUID())
    .withExec(["git", "clone", "--quiet", server.url("git.test"), "/deploy"])
    .withWorkdir("/deploy")
    .withExec(["git", ...settings, "verify-commit", commit], { redirectStderr: "/said" })
    .file("/said")
    .contents()
}

function bySsh(commit: string, { publicKey }: { publicKey: string }): Promise<string> {
  const knowing = gitClient().withNewFile("/allowed", `slipway@noreply.invalid ${publicKey}\n`)
  return verify(commit, knowing, ["-c", "gpg.ssh.allowedSignersFile=/allowed"])
}

function byOpenPgp(commit: string): Promise<string> {
  const gpg = dag.container().from(GPG_IMAGE).withNewFile("/public", openPgp.publicKey)
  return verify(commit, gpg.withExec(["gpg", "--batch", "--quiet", "--import", "/public"]))
}

describe("SSH key", () => {
  test("signs a commit that git verifies with this key only", async () => {
    await bump({ key: plain.privateKey })
    expect(await bySsh(tip(), plain)).toMatch(/Good "git" signature for slipway@noreply\.invalid/)
    await expect(bySsh(tip(), locked)).rejects.toThrow()
  })

  test("signs with an encrypted SSH key and its password", async () => {
    await bump({ key: locked.privateKey, password: PASSWORD })
    expect(await bySsh(tip(), locked)).toMatch(/Good "git" signature/)
  })

  test("signs promotions and rollbacks", async () => {
    const wish = { key: plain.privateKey.trimEnd() }
    await bump(wish)
    await bump(wish)
    const promotion = { from: staging, to: { ...staging, path: "production.yaml" }, repository: "ghcr.io/acme/hello" }
    await promoteRepository({ ...options, ...promotion }, writer(wish))
    expect(await bySsh(tip(), plain)).toMatch(/Good "git" signature/)
    await rollbackRepository({ ...options, ...staging, to: "previous" }, writer(wish))
    expect(await bySsh(tip(), plain)).toMatch(/Good "git" signature/)
  })
})

describe("OpenPGP key", () => {
  test("signs with an encrypted OpenPGP key, also from the command line", async () => {
    writeFileSync(join(folder, "gpg"), openPgp.privateKey)
    const ref = `ghcr.io/acme/hello@${digestOf("by the command line")}`
    const args = Object.entries({
      ...{ repo: server.url("git.test"), ref, "image-name": "hello" },
      ...{ path: staging.path, edits: staging.edits.join() },
    })
    const flags = args.map(([name, value]) => `--${name}=${value}`)
    const key = [`--git-signing-key=file:${join(folder, "gpg")}`, "--git-signing-password=env:SIGNING_PASSWORD"]
    const access = [`--git-image=${GPG_IMAGE}`, `--git-service=tcp://127.0.0.1:${server.port}`, ...key]
    const env = { SIGNING_PASSWORD: PASSWORD }
    const called = await daggerCall([...access, "bump-gitops", ...flags], { env })
    expect(called.stdout, called.error).toMatch(/^Bumped /)
    expect(await byOpenPgp(tip())).toMatch(/Good signature from "Ada <ada@example\.com>"/)
  })
})

describe("unusable signing key", () => {
  test.each<{ name: string; wish: () => Wish; says: RegExp }>([
    {
      name: "an SSH key with a wrong password",
      wish: () => ({ key: locked.privateKey, password: "wrong" }),
      says: /^KEY_INVALID: expected to sign the commit, got an encrypted key and no matching password/,
    },
    {
      name: "an SSH key without its password",
      wish: () => ({ key: locked.privateKey }),
      says: /^KEY_INVALID: expected to sign the commit, got an encrypted key and no matching password/,
    },
    {
      name: "an OpenPGP key with a wrong password",
      wish: () => ({ key: openPgp.privateKey, password: "wrong", gitImage: GPG_IMAGE }),
      says: /^KEY_INVALID: expected to sign the commit, got an encrypted key and no matching password .*Bad passphrase/,
    },
    {
      name: "an OpenPGP key in an image without gpg",
      wish: () => ({ key: openPgp.privateKey, password: PASSWORD }),
      says: /^KEY_INVALID: expected to sign the commit, got an image without ssh-keygen or gpg .*--git-image/,
    },
    {
      name: "a public key",
      wish: () => ({ key: plain.publicKey }),
      says: /^KEY_INVALID: expected a private key to sign commits with.*got a public SSH key/,
    },
  ])("refuses $name before anything is pushed", async ({ wish, says }) => {
    const before = server.refs()
    await expect(bump(wish())).rejects.toThrow(says)
    expect(server.refs()).toBe(before)
  })
})
