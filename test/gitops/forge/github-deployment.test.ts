import { describe, expect, test } from "vitest"
import type { Deployment } from "../../../lib/gitops/forge/forge.ts"
import { githubDeployment } from "../../../lib/gitops/forge/github-deployment.ts"
import { parseDigestRef } from "../../../lib/oci/reference.ts"
import { COMMIT, forgeOf, IMAGE } from "./asked.ts"

const place = { endpoint: "https://api.github.com", repository: "acme/app" }
const run = "https://github.com/acme/app/actions/runs/7"
const deployment: Deployment = {
  ...{ environment: "production", image: parseDigestRef(IMAGE), commit: COMMIT, ref: "main", isTag: false },
  ...{ run, gitops: "c0ffee" },
}
const deployments = "https://api.github.com/repos/acme/app/deployments"
const list = `${deployments}?sha=${COMMIT}&environment=production&task=deploy&per_page=100`
const payload = { digest: IMAGE.split("@")[1], image: IMAGE, commit: COMMIT, gitops: "c0ffee", run }
const live = { state: "success", text: "Live after 3 s" } as const

describe("a deployment at GitHub", () => {
  test("is created with digest, environment, commit and run, and gets its state", async () => {
    const { ask, calls } = forgeOf([], { id: 7 }, { id: 1 })
    expect(await githubDeployment({ place, deployment }, live, ask)).toEqual({ id: 7 })
    expect(calls).toEqual([
      { method: "GET", url: list },
      {
        method: "POST",
        url: deployments,
        body: {
          ...{ ref: COMMIT, task: "deploy", auto_merge: false, required_contexts: [], environment: "production" },
          ...{ description: IMAGE, payload },
        },
      },
      {
        method: "POST",
        url: `${deployments}/7/statuses`,
        body: { state: "success", description: "Live after 3 s", log_url: run },
      },
    ])
  })

  test.each([
    { name: "an object", payload },
    { name: "text", payload: JSON.stringify(payload) },
  ])("is not created again by a repeated run, whose payload is $name", async ({ payload: known }) => {
    const { ask, calls } = forgeOf([{ id: 5, payload: known }], [{ state: "in_progress" }], { id: 2 })
    expect(await githubDeployment({ place, deployment }, live, ask)).toEqual({ id: 5 })
    expect(calls.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET ${list}`,
      `GET ${deployments}/5/statuses?per_page=1`,
      `POST ${deployments}/5/statuses`,
    ])
  })

  test("keeps a state that it has", async () => {
    const { ask, calls } = forgeOf([{ id: 5, payload }], [{ state: "success" }])
    expect(await githubDeployment({ place, deployment }, live, ask)).toEqual({ id: 5 })
    expect(calls.filter(({ method }) => method === "POST")).toEqual([])
  })

  test.each([
    { name: "another image of the commit", payload: { ...payload, digest: `sha256:${"1b".repeat(32)}` } },
    { name: "another program", payload: "" },
    { name: "another program, with a payload", payload: { web: true } },
  ])("is created beside that of $name", async ({ payload: other }) => {
    const { ask, calls } = forgeOf([{ id: 4, payload: other }], { id: 8 }, { id: 3 })
    expect(await githubDeployment({ place, deployment }, live, ask)).toEqual({ id: 8 })
    expect(calls[1]?.url).toBe(deployments)
  })

  test("has no text that GitHub would refuse as too long", async () => {
    const { ask, calls } = forgeOf([], { id: 7 }, { id: 1 })
    await githubDeployment({ place, deployment }, { state: "failure", text: "x".repeat(200) }, ask)
    expect(calls[2]?.body).toMatchObject({ description: `${"x".repeat(139)}…` })
  })
})
