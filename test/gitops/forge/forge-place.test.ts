import { expect, test } from "vitest"
import { parseForge, repositoryOf } from "../../../lib/gitops/forge/forge-place.ts"
import { parseGitRemote } from "../../../lib/gitops/git/remote.ts"

test.each([
  { repo: "https://github.com/acme/deploy", name: "GitHub", endpoint: "https://api.github.com" },
  { repo: "git@github.com:acme/deploy.git", name: "GitHub", endpoint: "https://api.github.com" },
  { repo: "https://acme.ghe.com/acme/deploy", name: "GitHub", endpoint: "https://api.acme.ghe.com" },
  { repo: "https://github.acme.test/acme/deploy.git", name: "GitHub", endpoint: "https://github.acme.test/api/v3" },
  { repo: "https://gitlab.com/acme/deploy", name: "GitLab", endpoint: "https://gitlab.com/api/v4" },
  { repo: "ssh://git@gitlab.acme.test:2222/acme/deploy", name: "GitLab", endpoint: "https://gitlab.acme.test/api/v4" },
  { repo: "https://gitea.acme.test:3000/acme/deploy", name: "Gitea", endpoint: "https://gitea.acme.test:3000/api/v1" },
  { repo: "https://codeberg.org/acme/deploy", name: "Gitea", endpoint: "https://codeberg.org/api/v1" },
  { repo: "https://bitbucket.org/acme/deploy", name: "Bitbucket", endpoint: "https://api.bitbucket.org/2.0" },
])("derives forge and API from $repo", ({ repo, name, endpoint }) => {
  const { forge, place } = parseForge(parseGitRemote(repo), {})
  expect([forge.name, place]).toEqual([name, { endpoint, repository: "acme/deploy" }])
})

test("prefers the caller's forge and endpoint to the host", () => {
  const input = { forge: "forgejo", endpoint: "http://127.0.0.1:3000/api/v1/" }
  const { forge, place } = parseForge(parseGitRemote("http://git.acme.test/acme/deploy"), input)
  expect([forge.name, place.endpoint]).toEqual(["Gitea", "http://127.0.0.1:3000/api/v1"])
})

test.each([
  {
    name: "a host that does not identify its forge",
    repo: "https://git.acme.test/a/b",
    input: {},
    got: /none, and the host "git\.acme\.test"/,
  },
  { name: "an unknown forge", repo: "https://github.com/a/b", input: { forge: "svn" }, got: /got "svn"/ },
  {
    name: "a host that only starts like a forge's",
    repo: "https://github.com.evil.test/a/b",
    input: { forge: "" },
    got: /expected --forge/,
  },
])("refuses $name", ({ repo, input, got }) => {
  expect(() => parseForge(parseGitRemote(repo), input)).toThrow(got)
})

test("refuses an API without TLS", () => {
  expect(() => parseForge(parseGitRemote("http://gitea.acme.test/a/b"), {})).toThrow(/https:\/\//)
})

test.each([
  { url: "https://gitlab.com/acme/team/deploy.git/", repository: "acme/team/deploy" },
  { url: "git@host:acme/deploy", repository: "acme/deploy" },
])("reads the repository from $url", ({ url, repository }) => {
  expect(repositoryOf(parseGitRemote(url))).toBe(repository)
})

test.each(["git://host/deploy.git", "file:///deploy.git", "https://host/acme/../x"])(
  "refuses %s, which has no owner",
  (url) => {
    expect(() => repositoryOf(parseGitRemote(url))).toThrow(
      /ADDRESS_INVALID: expected a repository's address with an owner and a name/,
    )
  },
)
