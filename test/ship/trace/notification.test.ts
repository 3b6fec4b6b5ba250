import { describe, expect, test } from "vitest"
import type { ReleaseRecord } from "../../../lib/ship/record/record.ts"
import { notificationOf, notifyRun } from "../../../lib/ship/trace/notification.ts"
import { compared as comparedRecord, digest, record as whole } from "../example-record.ts"

const { preview: _p, ...record } = whole
const { preview: _q, ...compared } = comparedRecord
const failure = { stage: "test", code: "TESTS_FAILED", message: "TESTS_FAILED: expected tests to pass.\nTOKEN=hunter2" }
const failed: ReleaseRecord = { ...record, ok: false, failure }
const services = (all: Record<string, object>) => ({ services: new Map(Object.entries(all)) }) as never

describe("what a webhook is told", () => {
  test("of a delivery", () => {
    expect(notificationOf({ record })).toEqual({
      ...{ ok: true, title: "Shipped ghcr.io/acme/app", run: record.ci.url, actor: "octocat" },
      subjects: [
        {
          image: `ghcr.io/acme/app@${digest}`,
          ...{ commit: "f00d", source: "https://git.example.com/app", environment: "production", tags: ["f00d"] },
          gitops: {
            ...{ status: "bumped", repo: "https://git.example.com/deploy", branch: "main", path: "prod" },
            commit: "c0ffee",
          },
          ...{ cluster: "live", seconds: 720 },
        },
      ],
    })
  })

  test("of a failure: its stage, and the first line alone", () => {
    const content = notificationOf({ record: failed, error: new Error("x") })
    expect(content).toMatchObject({ ok: false, title: "Not shipped: ghcr.io/acme/app failed in test" })
    expect(content?.subjects[0]?.failure).toEqual({ ...failure, message: "TESTS_FAILED: expected tests to pass." })
    expect(JSON.stringify(content)).not.toContain("hunter2")
  })

  test("of findings that the deployed image does not have", () => {
    const fresh = compared.scan.findings.map((finding) => ({ ...finding, state: "new" as const }))
    const content = notificationOf({ record: { ...compared, scan: { ...compared.scan, findings: fresh } } })
    expect(content?.subjects[0]?.newFindings).toEqual([
      { id: "CVE-9", severity: "LOW", package: "tar", installed: "1" },
    ])
    expect(notificationOf({ record: compared })?.subjects[0]).not.toHaveProperty("newFindings")
  })

  test("of several services: each that did something, and the first that failed", () => {
    const content = notificationOf(
      services({
        api: { status: "shipped", release: { record } },
        web: { status: "failed", release: { record: failed } },
        docs: { status: "unchanged", deployed: `x@${digest}` },
        job: { status: "finished", release: { record } },
      }),
    )
    expect(content).toMatchObject({ ok: false, title: "Not shipped: web failed in test" })
    expect(content?.subjects.map(({ service }) => service)).toEqual(["api", "web"])
  })

  test.each([
    { name: "a rehearsal", shipped: { record: { ...record, mode: "rehearsal" as const } } },
    { name: "a preview, whose request has a comment", shipped: { record: whole } },
    {
      name: "an image that is only prepared",
      shipped: { record: { ...record, bump: { status: "pending" as const } } },
    },
    { name: "a run that had nothing to do", shipped: { record, finished: true } },
    { name: "services that had nothing to do", shipped: services({ docs: { status: "unchanged" } }) },
  ])("is nothing of $name", ({ shipped }) => expect(notificationOf(shipped)).toBeUndefined())
})

test("a webhook that cannot be reached changes the record of the run, and nothing else", async () => {
  const { notification: _, ...untold } = record
  const error = new Error("the run's own")
  const options = { format: "json" as const, on: ["success" as const, "failure" as const], timeout: 1 }
  const told = await notifyRun({ record: untold, error }, options)
  expect(told).toEqual({ record: { ...untold, notification: expect.objectContaining({ status: "failed" }) }, error })
  expect(await notifyRun({ record: untold })).toEqual({ record: untold })
})
