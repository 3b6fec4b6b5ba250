import { describe, expect, test } from "vitest"
import { runReports } from "../../lib/ship/report/report.ts"
import type { ServicesRelease } from "../../lib/ship/services.ts"
import { digestOf, outcomes, useServices } from "./services-world.ts"
import { useEngine } from "./session.ts"

useEngine()

const shop = useServices()

describe("services of one repository", () => {
  let first: ServicesRelease

  test("are rehearsed together, without any effect", async () => {
    const rehearsed = await shop.run({ rehearse: true })
    expect(outcomes(rehearsed)).toEqual({ api: "shipped", web: "shipped" })
    const { runs } = JSON.parse(await runReports(rehearsed).file("scan/findings.sarif").contents())
    const categories = runs.map((run: { automationDetails: { id: string } }) => run.automationDetails.id)
    expect(categories, "one file for the upload of all findings").toEqual(["slipway/api/", "slipway/web/"])
    const bumps = [...rehearsed.services.values()].map(({ release }) => release?.record.bump)
    expect(new Set(bumps.map((bump) => bump && "commit" in bump && bump.commit)).size, "one commit for both").toBe(1)
    expect(await shop.registry.snapshot()).toEqual({})
    expect(shop.commits()).toBe(1)
  })

  test("are shipped concurrently, into one commit", async () => {
    first = await shop.run()
    expect(outcomes(first)).toEqual({ api: "shipped", web: "shipped" })
    expect(shop.commits()).toBe(2)
    for (const name of ["api", "web"]) {
      expect(shop.overlay()).toContain(digestOf(first, name))
      expect(Object.values((await shop.registry.snapshot())[`team/${name}`] ?? {})).toContain(digestOf(first, name))
    }
  })

  test("are not built if a commit does not change them, and only the changed one is bumped", async () => {
    shop.commit({ "front/index.html": "<p>new</p>" })
    const before = await shop.registry.snapshot()
    const next = await shop.run()
    expect(outcomes(next)).toEqual({ api: "unchanged", web: "shipped" })
    expect(next.services.get("api")?.deployed).toBe(`registry.test:5000/team/api@${digestOf(first, "api")}`)
    expect((await shop.registry.snapshot())["team/api"]).toEqual(before["team/api"])
    expect(digestOf(next, "web")).not.toBe(digestOf(first, "web"))
    expect(shop.commits()).toBe(3)
    expect(shop.overlay()).toContain(digestOf(first, "api"))
    expect(shop.overlay()).toContain(digestOf(next, "web"))
  })

  test("are not built if one of them has no Dockerfile, and the error names its setting", async () => {
    shop.commit({ "api/index.html": "<p>new</p>", "jobs/README.md": "no Dockerfile\n" })
    shop.commit({ "slipway.yaml": `${shop.settings}  jobs: { gitops: { imageName: api } }\n` })
    const before = await shop.registry.snapshot()
    const stopped = await shop.run()
    expect(outcomes(stopped)).toEqual({ api: "held", web: "unchanged", jobs: "failed" })
    expect(stopped.services.get("jobs")?.release?.record.failure).toMatchObject({
      code: "DOCKERFILE_NOT_FOUND",
      message: expect.stringContaining("Set its path with services.jobs.build.dockerfile"),
    })
    expect(await shop.registry.snapshot()).toEqual(before)
    expect(shop.commits()).toBe(3)
    shop.commit({ "slipway.yaml": shop.settings })
  })
})
