import type { File, Secret, Service } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { requireAccess } from "../../../lib/gitops/git/access.ts"
import { parseGitRemote } from "../../../lib/gitops/git/remote.ts"

const [token, key] = [{}, {}] as [Secret, Secret]
const file = {} as File
const remote = parseGitRemote

test.each([
  { name: "a token over TLS", access: { remote: remote("https://git/a.git"), login: { token } } },
  { name: "a token to this machine", access: { remote: remote("http://127.0.0.1:3000/a.git"), login: { token } } },
  {
    name: "a token to a service of the same graph",
    access: { remote: remote("http://git/a.git"), login: { token }, service: {} as Service },
  },
  { name: "plain HTTP without a token", access: { remote: remote("http://git/a.git") } },
  { name: "a private authority", access: { remote: remote("https://git/a.git"), caCertificate: file } },
  { name: "a key with host keys", access: { remote: remote("git@git:a.git"), ssh: { key, knownHosts: file } } },
])("accepts $name", ({ access }) => {
  expect(requireAccess(access)).toBe(access)
})

test.each([
  {
    name: "a token over plain HTTP",
    access: { remote: remote("http://git.acme.internal/a.git"), login: { token } },
    says: /expected an https:\/\/ address with --git-token, got http:\/\/git\.acme\.internal\/.*--git-service/,
  },
  {
    name: "a token with an SSH address",
    access: { remote: remote("git@git:a.git"), login: { token }, ssh: { key, knownHosts: file } },
    says: /an https:\/\/ address with --git-token/,
  },
  {
    name: "a certificate with a plain HTTP address",
    access: { remote: remote("http://git/a.git"), caCertificate: file },
    says: /an https:\/\/ address with --git-ca-certificate/,
  },
  {
    name: "a key without host keys",
    access: { remote: remote("git@git:a.git"), ssh: { key } },
    says: /--git-ssh-key and --git-known-hosts.*no host keys/,
  },
])("refuses $name", ({ access, says }) => {
  expect(() => requireAccess(access)).toThrow(says)
})
