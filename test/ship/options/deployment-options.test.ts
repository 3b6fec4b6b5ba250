import type { Secret } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { deploymentOptions } from "../../../lib/ship/options/deployment-options.ts"

const [source, forge, git] = ["source", "forge", "git"].map((name) => ({ name }) as unknown as Secret)
const deployments = { environment: "production", repo: "https://github.com/acme/app" }
const gitopsRepo = "https://github.com/acme/deploy"
const place = { endpoint: "https://api.github.com", repository: "acme/app" }

describe("deployment records", () => {
  test("are off without the setting", () => {
    expect(deploymentOptions({}, { tokens: { source }, gitopsRepo })).toBeUndefined()
  })

  test.each([
    { name: "the address in the settings", deployments, ci: undefined, kind: "github", endpoint: place },
    {
      name: "the job's repository",
      deployments: { environment: "production" },
      ci: { system: "gitlab" as const, repository: "https://gitlab.com/acme/team/app" },
      ...{ kind: "gitlab", endpoint: { endpoint: "https://gitlab.com/api/v4", repository: "acme/team/app" } },
    },
    {
      name: "a forge and an endpoint of one's own",
      deployments: {
        ...{ environment: "e", repo: "https://git.acme.example/acme/app", forge: "github" as const },
        endpoint: "https://api.acme.example/v3/",
      },
      ...{ ci: undefined, kind: "github" },
      endpoint: { endpoint: "https://api.acme.example/v3", repository: "acme/app" },
    },
  ])("go to $name", ({ deployments: settings, ci, kind, endpoint }) => {
    const found = deploymentOptions({ deployments: settings }, { tokens: { source }, gitopsRepo, ...(ci && { ci }) })
    expect(found).toMatchObject({ kind, environment: settings.environment, access: { place: endpoint } })
  })

  test.each([
    { name: "the source's own token", tokens: { source, forge, git }, token: source },
    { name: "else the forge's, on the same server", tokens: { forge, git }, token: forge },
    { name: "else git's, on the same server", tokens: { git }, token: git },
  ])("use $name", ({ tokens, token }) => {
    expect(deploymentOptions({ deployments }, { tokens, gitopsRepo })?.access.token).toBe(token)
  })

  test("name the cluster of linked artifacts, and the service", () => {
    const settings = { ...deployments, linkedArtifacts: true, cluster: "eu" }
    const found = deploymentOptions({ deployments: settings }, { tokens: { source }, gitopsRepo, service: "web" })
    expect(found).toMatchObject({ linkedArtifacts: { cluster: "eu" }, service: "web" })
  })

  test.each([
    {
      name: "a token of another server, which is sent nowhere else",
      ...{ deployments, given: { tokens: { forge, git }, gitopsRepo: "https://git.acme.example/deploy/d" } },
      error: /^OPTIONS_INVALID: expected a token for the source's forge .*--source-forge-token/,
    },
    {
      name: "Gitea, which has no API for it",
      deployments: { environment: "e", repo: "https://gitea.acme.example/acme/app" },
      given: { tokens: { source }, gitopsRepo },
      error: /got gitea, whose API has none/,
    },
    {
      name: "a host without a known forge",
      deployments: { environment: "e", repo: "https://git.acme.example/acme/app" },
      given: { tokens: { source }, gitopsRepo },
      error: /Set deployments\.forge/,
    },
    {
      name: "no repository",
      deployments: { environment: "e" },
      given: { tokens: { source }, gitopsRepo },
      error: /Set deployments\.repo to its address/,
    },
    { name: "no bump", deployments, given: { tokens: { source } }, error: /expected gitops\.repo and gitops\.path/ },
    {
      name: "linked artifacts of GitLab",
      deployments: { environment: "e", repo: "https://gitlab.com/acme/app", linkedArtifacts: true },
      given: { tokens: { source }, gitopsRepo },
      error: /expected a source on GitHub/,
    },
  ])("are refused before anything runs with $name", ({ deployments: settings, given, error }) => {
    expect(() => deploymentOptions({ deployments: settings }, given)).toThrow(error)
  })
})
