import type { Secret } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { nameSecrets } from "../lib/build/request.ts"
import { newRun } from "../lib/engine/tool.ts"
import { parseForge } from "../lib/gitops/forge/forge-place.ts"
import { appToken } from "../lib/gitops/forge/github-app.ts"
import { findRequest } from "../lib/gitops/forge/pull-request.ts"
import { gitContainer } from "../lib/gitops/git/access.ts"
import { openSigning } from "../lib/gitops/git/commit-signing.ts"
import { parseGitRemote } from "../lib/gitops/git/remote.ts"
import { readIdToken } from "../lib/login/id-token.ts"
import { tokenLogin } from "../lib/login/short-lived-login.ts"
import { parseRepository } from "../lib/oci/reference.ts"
import { loginSecret } from "../lib/oci/registry-access.ts"
import { pullSecret } from "../lib/pull/pull-secret.ts"
import { signerOf } from "../lib/sign/signature.ts"
import { readApi } from "../lib/sync/cluster-api.ts"

const secret = (plaintext: () => Promise<string>) => ({ plaintext }) as Secret
const given = secret(async () => "given\n")
const EMPTY = secret(async () => "")
const UNSET = secret(async () => {
  throw new Error('rpc error: code = Unknown desc = secret env var not found: "NOT..."')
})

const remote = parseGitRemote("https://github.com/acme/deploy")
const repository = parseRepository("r.test/app")
const cosign = { cosignImage: "cosign", run: newRun() }
const exact = (value: string) => ({ kind: "exact" as const, value })
const names = { identity: exact("a"), issuer: exact("b") }

type Case = { argument: string; read: (secret: Secret) => Promise<unknown> }
const NEEDED: Case[] = [
  {
    argument: "--git-ssh-key",
    read: (key) => gitContainer("git", { remote: parseGitRemote("git@git:a"), ssh: { key } }),
  },
  { argument: "--git-signing-key", read: (key) => openSigning({ key, image: "git" }) },
  { argument: "--git-app-key", read: (key) => appToken({ id: "1", key }, { remote, pullRequest: false }) },
  {
    argument: "--git-forge-token (or --git-token)",
    read: (token) => findRequest({ head: "a", base: "b" }, { ...parseForge(remote, {}), token }),
  },
  {
    argument: "--registry-config",
    read: (others) => loginSecret(repository, { username: "u", password: "p" }, others),
  },
  {
    argument: "--registry-config",
    read: (dockerConfig) => pullSecret({ repository: "r.test/app", name: "pull", login: { dockerConfig } }),
  },
  { argument: "--kubeconfig", read: (kubeconfig) => readApi({ kubeconfig }) },
  { argument: "--cluster-token", read: (token) => readApi({ server: "https://k8s.test", token }) },
  { argument: "--registry-token", read: (token) => tokenLogin({ repository: "ghcr.io/acme/app", token }, "acme") },
  { argument: "--id-token", read: (token) => readIdToken({ token }, "aud") },
  { argument: "--request-url", read: (requestUrl) => readIdToken({ requestUrl, requestToken: given }, "aud") },
  { argument: "--request-token", read: (requestToken) => readIdToken({ requestUrl: given, requestToken }, "aud") },
  { argument: "--cosign-key", read: (key) => signerOf({ kind: "keyPair", key }, cosign) },
  {
    argument: "--identity-token",
    read: (identityToken) => signerOf({ kind: "keyless", identityToken, ...names, services: {} }, cosign),
  },
]

describe("a required secret that is empty or missing is reported by its argument", () => {
  test.each(NEEDED)("$argument", async ({ argument, read }) => {
    await expect(read(EMPTY)).rejects.toThrow(`OPTIONS_INVALID: expected a value for ${argument}, got an empty value.`)
    await expect(read(UNSET)).rejects.toThrow(
      `OPTIONS_INVALID: expected ${argument} to be readable on the machine that runs the command, got "secret env var not found`,
    )
  })
})

describe("an optional secret that is missing is reported by its argument", () => {
  test.each<Case>([
    {
      argument: "the secret npm of --secrets (of ship: --build-secrets)",
      read: (secret) => nameSecrets([secret], ["npm"]),
    },
    { argument: "--cosign-password", read: (password) => signerOf({ kind: "keyPair", key: given, password }, cosign) },
    {
      argument: "AWS_SESSION_TOKEN of --kms-credentials",
      read: (value) =>
        signerOf({ kind: "kms", uri: "awskms:///k", credentials: [{ name: "AWS_SESSION_TOKEN", value }] }, cosign),
    },
    { argument: "--git-signing-password", read: (password) => openSigning({ key: given, password, image: "git" }) },
  ])("$argument", async ({ argument, read }) => {
    await expect(read(UNSET)).rejects.toThrow(
      `expected ${argument} to be readable on the machine that runs the command`,
    )
  })
})
