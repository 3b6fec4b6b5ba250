import { describe, expect, test } from "vitest"
import type { Deployment, DeploymentState } from "../../../lib/gitops/forge/forge.ts"
import { gitlabDeployment } from "../../../lib/gitops/forge/gitlab-deployment.ts"
import { parseDigestRef } from "../../../lib/oci/reference.ts"
import { COMMIT, forgeOf, IMAGE } from "./asked.ts"

const place = { endpoint: "https://gitlab.com/api/v4", repository: "acme/team/app" }
const deployment: Deployment = {
  ...{ environment: "production/web", image: parseDigestRef(IMAGE), commit: COMMIT, ref: "v1", isTag: true },
  ...{ run: "https://gitlab.com/acme/team/app/-/pipelines/9", gitops: "c0ffee" },
}
const project = "https://gitlab.com/api/v4/projects/acme%2Fteam%2Fapp"
const reads = [
  {
    method: "GET",
    url: `${project}/deployments?environment=production%2Fweb&order_by=id&sort=desc&per_page=20`,
  },
  { method: "GET", url: `${project}/environments?name=production%2Fweb` },
]
const description = `${IMAGE} of ${COMMIT}\n\nGitOps: c0ffee\n\nRun: https://gitlab.com/acme/team/app/-/pipelines/9`
const running = { state: "in_progress", text: "" } as const
const described = [{ id: 3, description }]

describe("a deployment at GitLab", () => {
  test("is created with environment, commit and ref, and its environment names digest and run", async () => {
    const { ask, calls } = forgeOf([], [], { id: 11, environment: { id: 3 } }, { id: 3 })
    expect(await gitlabDeployment({ place, deployment }, running, ask)).toEqual({ id: 11 })
    expect(calls).toEqual([
      ...reads,
      {
        method: "POST",
        url: `${project}/deployments`,
        body: { environment: "production/web", sha: COMMIT, ref: "v1", tag: true, status: "running" },
      },
      { method: "PUT", url: `${project}/environments/3`, body: { description } },
    ])
  })

  test.each<{ state: DeploymentState; status: string }>([
    { state: "queued", status: "created" },
    { state: "success", status: "success" },
    { state: "failure", status: "failed" },
    { state: "inactive", status: "canceled" },
  ])("is $status if it is $state, and not created again", async ({ state, status }) => {
    const { ask, calls } = forgeOf([{ id: 11, sha: COMMIT, status: "running" }], described, { id: 11 })
    expect(await gitlabDeployment({ place, deployment }, { state, text: "" }, ask)).toEqual({ id: 11 })
    expect(calls).toEqual([...reads, { method: "PUT", url: `${project}/deployments/11`, body: { status } }])
  })

  test.each([
    { name: "in the same state", environments: described },
    { name: "of a GitLab without descriptions", environments: [{ id: 3 }] },
  ])("$name stays as it is", async ({ environments }) => {
    const { ask, calls } = forgeOf([{ id: 11, sha: COMMIT, status: "running" }], environments)
    expect(await gitlabDeployment({ place, deployment }, running, ask)).toEqual({ id: 11 })
    expect(calls).toEqual(reads)
  })

  test.each([
    { name: "after that of another commit", sha: "1".repeat(40), description },
    { name: "after that of another image of the commit", sha: COMMIT, description: "ghcr.io/acme/app@sha256:1b" },
  ])("is created $name", async ({ sha, description: other }) => {
    const { ask, calls } = forgeOf(
      [{ id: 10, sha, status: "success" }],
      [{ id: 3, description: other }],
      ...[{ id: 12, environment: { id: 3 } }, { id: 3 }],
    )
    expect(await gitlabDeployment({ place, deployment }, running, ask)).toEqual({ id: 12 })
    expect(calls[2]?.method).toBe("POST")
  })
})
