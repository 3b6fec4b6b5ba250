import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, onTestFinished, test } from "vitest"
import { renderDeployed } from "../../lib/deployed/deployed-text.ts"
import { deployedContent, notifyDeployed } from "../../lib/deployed/notification.ts"
import { recordOf } from "../../lib/deployed/record.ts"
import type { NotifyOptions } from "../../lib/notify/send.ts"
import { notScanned, outcome, passing, refOf, scanned } from "./sample-outcome.ts"

const contentOf = (own: Parameters<typeof outcome>[0]) => deployedContent(recordOf(outcome(own)))

test("tells the new findings of an image with its place, and why an image was not scanned", () => {
  const { ok, title, subjects } = contentOf({ images: [scanned("app"), passing(), notScanned("cache")] })
  expect({ ok, title }).toMatchObject({ ok: false, title: expect.stringMatching(/^Deployed images: failed: 1 of 3 /) })
  expect(subjects).toEqual([
    {
      ...{ image: refOf("cache"), environment: "prod/app.yaml on main" },
      failure: { stage: "scan", code: "REGISTRY_FAILED", message: expect.stringContaining("got none") },
    },
    {
      ...{ image: refOf("app"), environment: "prod/app.yaml on main" },
      newFindings: [{ id: "CVE-2019-10744", severity: "CRITICAL", package: "lodash", installed: "4.17.11" }],
    },
  ])
})

test("tells nothing of single images if all pass without a new finding", () => {
  expect(contentOf({ images: [passing()] })).toMatchObject({ ok: true, subjects: [] })
})

describe("a webhook", () => {
  const options: NotifyOptions = { format: "json", on: ["failure", "newFindings"], timeout: 1 }

  async function tell(status: number, own: Parameters<typeof outcome>[0] = {}) {
    const bodies: string[] = []
    const server = createServer(async (request, response) => {
      let body = ""
      for await (const chunk of request) body += chunk
      bodies.push(body)
      response.writeHead(status).end()
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
    const told = recordOf(await notifyDeployed(outcome(own), { ...options, url }))
    return { bodies: bodies.map((body) => JSON.parse(body)), told, host: new URL(url).host }
  }

  test("is told of a scan that fails", async () => {
    const { bodies, told, host } = await tell(200)
    expect(bodies).toMatchObject([{ version: 1, event: "failure", ok: false }])
    expect(told.notification).toEqual({ event: "failure", status: "sent", host })
    expect(renderDeployed(told)).toContain(`\nnotified ${host} of failure\n`)
  })

  test("is told nothing that it does not want", async () => {
    const { bodies, told } = await tell(200, { images: [passing()] })
    expect(bodies).toEqual([])
    expect(told.notification).toBeUndefined()
  })

  test("that refuses changes nothing but a line", async () => {
    const { told } = await tell(500)
    const { notification, ...same } = told
    expect(same).toEqual(recordOf(outcome()))
    expect(notification).toMatchObject({ event: "failure", status: "failed" })
    expect(renderDeployed(told)).toContain("\nNOT NOTIFIED of failure: NOTIFY_FAILED: ")
  })
})

test("without notify in the settings nothing is told", async () => {
  const before = outcome()
  expect(await notifyDeployed(before, undefined)).toBe(before)
})
