import { beforeAll, describe, expect, test } from "vitest"
import { servicesRecord } from "../../lib/ship/record/services-record.ts"
import type { ServicesRelease } from "../../lib/ship/services.ts"
import { DOCKERFILE, digestOf, outcomes, useServices } from "./services-world.ts"
import { useEngine } from "./session.ts"

useEngine()

const shop = useServices()

describe("services of one repository that are not all shipped by one run", () => {
  let first: ServicesRelease
  beforeAll(async () => {
    first = await shop.run()
  })

  test("are held if one fails, or shipped without it, by onFailure", async () => {
    shop.commit({
      "api/Dockerfile": "FROM gcr.io/distroless/static-debian12\nCOPY missing /\n",
      "front/index.html": "<p/>",
    })
    const held = await shop.run()
    expect(outcomes(held)).toEqual({ api: "failed", web: "held" })
    expect(servicesRecord(held.services).ok).toBe(false)
    expect(shop.commits()).toBe(2)
    shop.commit({ "slipway.yaml": `${shop.settings}onFailure: stopOne\n` })
    const alone = await shop.run()
    expect(outcomes(alone)).toEqual({ api: "failed", web: "shipped" })
    expect(shop.commits()).toBe(3)
    expect(shop.overlay()).toContain(digestOf(alone, "web"))
    expect(shop.overlay()).toContain(digestOf(first, "api"))
  })

  test("are prepared by a run for each, and deployed by the next run of the commit, in one commit", async () => {
    shop.commit({ "api/Dockerfile": `${DOCKERFILE}USER 7\n`, "front/index.html": "<p>prepared</p>" })
    const prepared = [
      await shop.run({ services: ["api"], prepare: true }),
      await shop.run({ services: ["web"], prepare: true }),
    ]
    expect(prepared.map(outcomes)).toEqual([{ api: "prepared" }, { web: "prepared" }])
    const digests = ["api", "web"].map((name, at) => digestOf(prepared[at] as ServicesRelease, name))
    expect(prepared[0]?.services.get("api")?.release?.record.bump).toEqual({ status: "pending" })
    expect(shop.commits(), "nothing is deployed").toBe(3)
    const before = await shop.registry.snapshot()
    const deployed = await shop.run()
    expect(outcomes(deployed)).toEqual({ api: "shipped", web: "shipped" })
    for (const [at, name] of ["api", "web"].entries()) {
      expect(deployed.services.get(name)?.release?.record).toMatchObject({ adopted: true, ok: true })
      expect(digestOf(deployed, name)).toBe(digests[at])
      expect(shop.overlay()).toContain(digests[at])
      expect(Object.keys((await shop.registry.snapshot())[`team/${name}`] ?? {}).toSorted()).toEqual(
        Object.keys(before[`team/${name}`] ?? {}).toSorted(),
      )
    }
    expect(shop.commits()).toBe(4)
    expect(outcomes(await shop.run()), "the releases are complete").toEqual({ api: "finished", web: "finished" })
  })
})
