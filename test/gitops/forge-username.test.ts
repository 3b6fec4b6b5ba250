import { expect, test } from "vitest"
import { forgeUsername } from "../../lib/gitops/forge-username.ts"
import { parseGitRemote } from "../../lib/gitops/git-remote.ts"

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
])("$host is asked as $username", ({ host, username }) => {
  expect(forgeUsername(parseGitRemote(`https://${host}/acme/deploy.git`))).toBe(username)
})

test.each([
  { forge: "gitlab", username: "oauth2" },
  { forge: "bitbucket", username: "x-token-auth" },
  { forge: "gitea", username: "x-access-token" },
])("a forge that is named as $forge is asked as $username, whatever its host", ({ forge, username }) => {
  expect(forgeUsername(parseGitRemote("https://gitlab.acme.internal/acme/deploy.git"), forge)).toBe(username)
})
