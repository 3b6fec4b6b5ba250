import type { File, Secret } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { openRepository } from "../../lib/gitops/bump-gitops.ts"
import { gitContainer } from "../../lib/gitops/git/access.ts"
import { fakeTools } from "../fake-tool.ts"

const gitCaCertificate = {} as File
const token = { plaintext: async () => "t" } as Secret
const proposal = { pullRequest: true, forge: "gitea", endpoint: "https://git.acme.internal/api/v1" }

test("uses the certificate of a private authority for git and for the forge's API", async () => {
  const { access, delivery } = await openRepository(
    { repo: "https://git.acme.internal/acme/deploy", token, gitCaCertificate },
    proposal,
  )
  expect(access.caCertificate).toBe(gitCaCertificate)
  expect(delivery).toMatchObject({ kind: "request", authority: gitCaCertificate })
})

test("uses the certificate for the forge's API alone over SSH, and refuses it without a pull request", async () => {
  const ssh = { repo: "git@git.acme.internal:acme/deploy", sshKey: token, knownHosts: {} as File, gitCaCertificate }
  const { access, delivery } = await openRepository(ssh, { ...proposal, token })
  expect(access.caCertificate).toBeUndefined()
  expect(delivery).toMatchObject({ kind: "request", authority: gitCaCertificate })
  await expect(openRepository(ssh)).rejects.toThrow("an https:// address with --git-ca-certificate")
})

test("makes git trust the private authority", async () => {
  const calls = fakeTools(() => ({}))
  const { access } = await openRepository({ repo: "https://git.acme.internal/acme/deploy", gitCaCertificate })
  const git = await gitContainer("git", access)
  git.withExec(["git", "ls-remote"])
  expect(calls[0]?.given["withMountedFile"]).toContainEqual(["/slipway/ca.crt", gitCaCertificate])
  expect(calls[0]?.given["withEnvVariable"]).toContainEqual(["GIT_SSL_CAINFO", "/slipway/ca.crt"])
})
