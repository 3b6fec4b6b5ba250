import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Secret } from "@dagger.io/dagger"
import { describe, expect, onTestFinished, test } from "vitest"
import { DEPLOYMENT_FORGES } from "../../../lib/gitops/forge/deployment-forge.ts"
import { parseDigestRef } from "../../../lib/oci/reference.ts"
import type { SyncRecord } from "../../../lib/ship/record/record.ts"
import type { BumpFacts } from "../../../lib/ship/record/release-record.ts"
import { afterSync, beforeSync, recordDeployment } from "../../../lib/ship/trace/deployment.ts"
import { COMMIT, IMAGE } from "../../gitops/forge/asked.ts"

const place = { repo: "https://git.example/deploy", branch: "main", path: "prod", imageName: "app" }
const bumped = { outcome: { status: "bumped", commit: "c0ffee" }, place } as unknown as BumpFacts
const request = { url: "https://git.example/deploy/pulls/1" }
const requested = { outcome: { status: "requested", commit: "c0ffee", request }, place } as unknown as BumpFacts
const sync = (status: SyncRecord["status"], more = {}): SyncRecord => ({
  status,
  resources: [],
  seconds: 33.6,
  ...more,
})

describe("the state of a deployment", () => {
  test.each([
    { name: "after a bump that nothing waits for", bump: bumped, waits: false, state: "queued", text: /c0ffee$/ },
    { name: "while the cluster is waited for", bump: bumped, waits: true, state: "in_progress", text: /c0ffee$/ },
    { name: "with an open request", bump: requested, waits: false, state: "queued", text: /pulls\/1$/ },
  ])("$name is $state", ({ bump, waits, state, text }) => {
    expect(beforeSync(bump, { waits })).toEqual({ state, text: expect.stringMatching(text) })
  })

  test.each([
    { name: "live", record: sync("live"), state: "success", text: "Live after 34 s" },
    { name: "failed", record: sync("failed"), state: "failure", text: "Failed" },
    {
      name: "failed and rolled back",
      record: sync("failed", { rollback: { ref: IMAGE, commit: "1" } }),
      ...{ state: "failure", text: `Failed, and rolled back to ${IMAGE}` },
    },
    { name: "late", record: sync("late"), state: "failure", text: "Not live after 34 s" },
    {
      name: "unreadable",
      record: sync("blocked"),
      ...{ state: "failure", text: "The cluster does not tell whether it runs the release" },
    },
    { name: "superseded", record: sync("skipped"), state: "inactive", text: "A newer release holds the place" },
    { name: "unknown", record: undefined, state: "failure", text: "The wait failed: unknown" },
  ])("of a release that is $name is $state", ({ record, state, text }) => {
    expect(afterSync(record, new Error("x"))).toEqual({ state, text })
  })
})

type Reply = { status?: number; body: unknown }

type World = { waits?: boolean; bump?: unknown; linkedArtifacts?: { cluster?: string } }

/** A GitHub that gives its replies in order, and a run that was bumped. */
async function world(replies: Reply[], { waits = true, bump = bumped, linkedArtifacts }: World = {}) {
  const asked: string[] = []
  const server = createServer(async (call, response) => {
    let body = ""
    for await (const chunk of call) body += chunk
    const { status = 200, body: reply } = replies[asked.length] ?? { status: 500, body: {} }
    asked.push(`${call.method} ${call.url?.replace(/\?.*/, "")}${body && ` ${JSON.parse(body).state ?? ""}`}`.trim())
    response.writeHead(status).end(JSON.stringify(reply))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const token = { plaintext: async () => "t0ken" } as Secret
  const access = { forge: DEPLOYMENT_FORGES.github.forge, place: { endpoint, repository: "acme/app" }, token }
  const deployments = {
    kind: "github" as const,
    environment: "production",
    access,
    ...(linkedArtifacts && { linkedArtifacts }),
  }
  const facts = { mode: "delivery", repository: "ghcr.io/acme/app", bump } as Record<string, unknown>
  const measure = (_: string, work: () => Promise<unknown>) => work()
  const step = { options: { deployments, ...(waits && { sync: {} }) }, facts, measure }
  const deployed = { ref: parseDigestRef(IMAGE), revision: { commit: COMMIT }, step } as never
  return { asked, facts, deployed }
}

const created = [{ body: [] }, { body: { id: 7 } }, { body: { id: 1 } }]
const known = [
  { body: [{ id: 7, payload: { digest: IMAGE.split("@")[1] } }] },
  { body: [{ state: "in_progress" }] },
  { body: { id: 2 } },
]
const DEPLOYMENTS = "/repos/acme/app/deployments"
const states = (asked: string[]) => asked.flatMap((line) => line.match(/statuses (\w+)$/)?.[1] ?? [])

describe("a deployment record", () => {
  test("is in progress before the wait, and has its outcome after it", async () => {
    const { asked, facts, deployed } = await world([...created, ...known])
    await recordDeployment(deployed, async () => {
      expect(states(asked)).toEqual(["in_progress"])
      facts["sync"] = sync("live")
    })
    expect(states(asked)).toEqual(["in_progress", "success"])
    expect(
      asked.filter((line) => line.startsWith(`POST ${DEPLOYMENTS} `) || line === `POST ${DEPLOYMENTS}`),
    ).toHaveLength(1)
    expect(facts["deployment"]).toEqual({ environment: "production", status: "recorded", state: "success", id: 7 })
  })

  test("has the failure, and the run fails with its own error", async () => {
    const { asked, facts, deployed } = await world([...created, ...known])
    const failing = recordDeployment(deployed, async () => {
      facts["sync"] = sync("failed")
      throw new Error("SYNC_FAILED: the cluster's words")
    })
    await expect(failing).rejects.toThrow("SYNC_FAILED: the cluster's words")
    expect(states(asked)).toEqual(["in_progress", "failure"])
  })

  test("stays queued if nothing waits", async () => {
    const { asked, facts, deployed } = await world(created, { waits: false })
    await recordDeployment(deployed, async () => {})
    expect(states(asked)).toEqual(["queued"])
    expect(facts["deployment"]).toMatchObject({ state: "queued" })
  })

  test("that the forge refuses does not fail the delivery, and the record has its words", async () => {
    const no = { status: 403, body: { message: "Resource not accessible by integration" } }
    const { facts, deployed } = await world([no], { waits: false })
    await recordDeployment(deployed, async () => {})
    expect(facts["deployment"]).toMatchObject({ status: "failed", state: "queued" })
    expect(JSON.stringify(facts["deployment"])).toContain("Resource not accessible by integration")
  })

  test.each([
    { name: "no bump", bump: "skipped" },
    { name: "the bump of a newer release", bump: { ...bumped, outcome: { status: "superseded", commit: "1" } } },
  ])("is not written for $name", async ({ bump }) => {
    const { asked, facts, deployed } = await world([], { bump })
    await recordDeployment(deployed, async () => {})
    expect(asked).toEqual([])
    expect(facts).not.toHaveProperty("deployment")
  })
})

describe("linked artifacts", () => {
  const linkedArtifacts = { cluster: "eu" }
  const stored = [{ status: 404, body: {} }, { body: { storage_records: [{}] } }]

  test("get a storage record at once, and a deployment record when the cluster runs the image", async () => {
    const replies = [...created, ...stored, ...known, { body: { deployment_records: [{}] } }]
    const { asked, facts, deployed } = await world(replies, { linkedArtifacts })
    await recordDeployment(deployed, async () => {
      expect(asked.at(-1)).toBe("POST /orgs/acme/artifacts/metadata/storage-record")
      facts["sync"] = sync("live")
    })
    expect(asked.at(-1)).toBe("POST /orgs/acme/artifacts/metadata/deployment-record")
    expect(facts["deployment"]).toMatchObject({ status: "recorded", linked: ["storage", "deployment"] })
  })

  test("get no deployment record if nothing waits for the cluster", async () => {
    const { asked, facts, deployed } = await world([...created, ...stored], { waits: false, linkedArtifacts })
    await recordDeployment(deployed, async () => {})
    expect(asked).toHaveLength(5)
    expect(facts["deployment"]).toMatchObject({ linked: ["storage"] })
  })
})
