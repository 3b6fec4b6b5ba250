import { describe, expect, test } from "vitest"
import { forgeUsername, hostname, parseGitBranch, parseGitRemote, serverUrl } from "../../../lib/gitops/git/remote.ts"

describe("git remote", () => {
  test.each([
    { name: "https", text: "https://github.com/acme/gitops.git", transport: "https", host: "github.com" },
    { name: "a port", text: "http://git.acme.internal:3000/a/b", transport: "http", host: "git.acme.internal:3000" },
    { name: "an IPv6 host", text: "http://[::1]:3000/a", transport: "http", host: "[::1]:3000" },
    { name: "ssh with its user", text: "ssh://git@github.com/acme/gitops", transport: "ssh", host: "github.com" },
    { name: "the short ssh form", text: "git@github.com:acme/gitops.git", transport: "ssh", host: "github.com" },
    { name: "git's own protocol", text: "git://git:9418/deploy.git", transport: "git", host: "git:9418" },
    { name: "capitals in the host", text: "https://GitHub.com/acme/gitops", transport: "https", host: "github.com" },
    { name: "a volume", text: "file:///slipway/volume/gitops.git", transport: "file", host: "" },
  ])("reads an address with $name", ({ text, transport, host }) => {
    expect(parseGitRemote(text)).toEqual({ url: text, transport, host })
  })

  test.each([
    { name: "an empty text", text: "" },
    { name: "a bare path", text: "/srv/git/gitops.git" },
    { name: "a relative path", text: "../gitops" },
    { name: "a remote helper, which runs commands", text: "ext::sh -c touch% /tmp/x" },
    { name: "an option", text: "--upload-pack=touch /tmp/x" },
    { name: "an ssh host that is an option", text: "git@-oProxyCommand=x:y/z w" },
    { name: "a space", text: "https://github.com/acme/git ops" },
    { name: "a second line", text: "https://github.com/acme/gitops\nx" },
    { name: "a file on another host", text: "file://host/path" },
  ])("refuses $name", ({ text }) => {
    expect(() => parseGitRemote(text)).toThrow(/^ADDRESS_INVALID: expected a git repository's address/)
  })

  test.each(["http://localhost/a", "https://git.localhost:3000/a", "http://Git.LocalHost/a", "http://localhost./a"])(
    "refuses %s, which git resolves to its own container",
    (text) =>
      expect(() => parseGitRemote(text)).toThrow(
        /^ADDRESS_INVALID.* got (git\.)?localhost\.?, which git resolves to its own container.*such as git\.internal/,
      ),
  )

  test.each(["https://localhost.acme.example/a", "http://mylocalhost/a", "ssh://git@git.localhost/a"])(
    "accepts %s, which git or ssh resolves to a server",
    (text) => expect(parseGitRemote(text).url).toBe(text),
  )

  test.each([
    "https://x-access-token:ghp_secret@github.com/acme/gitops",
    "https://ghp_secret@github.com/acme/gitops",
    "ssh://git:ghp_secret@github.com/acme/gitops",
  ])("refuses a login in the address and does not repeat it: %s", (text) => {
    expect(() => parseGitRemote(text)).toThrow(/^ADDRESS_INVALID: expected a repository's address without a login/)
    expect(() => parseGitRemote(text)).not.toThrow(/ghp_secret/)
  })

  test("refuses an invalid address and does not repeat a login in it", () => {
    expect(() => parseGitRemote("htps://me:ghp_secret@github.com/a")).not.toThrow(/ghp_secret/)
  })

  test("limits a credential to the server, without the path", () => {
    const remote = parseGitRemote("https://git.acme.internal:3000/acme/gitops.git")
    expect(serverUrl(remote)).toBe("https://git.acme.internal:3000/")
    expect(hostname(remote)).toBe("git.acme.internal")
  })
})

describe("git branch", () => {
  test.each(["main", "env/prod", "release-1.2", "slipway/web-0a1b2c", "größe"])("accepts the branch %s", (text) => {
    expect(parseGitBranch(text)).toBe(text)
  })

  test.each([
    { name: "an empty text", text: "" },
    { name: "a full ref", text: "refs/heads/main" },
    { name: "an option", text: "--mirror" },
    { name: "a refspec", text: "main:other" },
    { name: "a forced refspec", text: "main^" },
    { name: "two dots", text: "a..b" },
    { name: "a space", text: "my branch" },
    { name: "a newline", text: "main\n" },
    { name: "a component that starts with a dot", text: "a/.b" },
    { name: "a lock file", text: "main.lock" },
    { name: "a slash at the end", text: "main/" },
    { name: "a single @", text: "@" },
    { name: "a reflog", text: "main@{1}" },
    { name: "a wildcard", text: "release/*" },
  ])("refuses $name", ({ text }) => {
    expect(() => parseGitBranch(text)).toThrow("OPTIONS_INVALID: expected the name of a branch")
  })
})

describe("forge username", () => {
  test.each([
    { host: "github.com", username: "x-access-token" },
    { host: "github.acme.internal", username: "x-access-token" },
    { host: "codeberg.org", username: "x-access-token" },
    { host: "dev.azure.com", username: "x-access-token" },
    { host: "gitlab.com", username: "oauth2" },
    { host: "GitLab.com:443", username: "oauth2" },
    { host: "gitlab.acme.internal:8443", username: "oauth2" },
    { host: "gitlab.com.evil.example", username: "x-access-token" },
    { host: "evil.gitlab.example", username: "x-access-token" },
    { host: "mygitlab.com", username: "x-access-token" },
    { host: "bitbucket.org", username: "x-token-auth" },
    { host: "bitbucket.org:443", username: "x-token-auth" },
    { host: "bitbucket.org.evil.example", username: "x-access-token" },
    { host: "evilbitbucket.org", username: "x-access-token" },
    { host: "bitbucket.acme.internal", username: "x-access-token" },
    { host: "[::1]:3000", username: "x-access-token" },
  ])("sends $username to $host", ({ host, username }) => {
    expect(forgeUsername(parseGitRemote(`https://${host}/acme/deploy.git`))).toBe(username)
  })

  test.each([
    { forge: "gitlab", username: "oauth2" },
    { forge: "bitbucket", username: "x-token-auth" },
    { forge: "gitea", username: "x-access-token" },
  ])("sends $username to a named $forge on any host", ({ forge, username }) => {
    expect(forgeUsername(parseGitRemote("https://gitlab.acme.internal/acme/deploy.git"), forge)).toBe(username)
  })
})
