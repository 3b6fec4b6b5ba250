import { describe, expect, test } from "vitest"
import { parseRepository } from "../../../lib/oci/reference.ts"
import type { Destination } from "../../../lib/ship/delivery.ts"
import { syncOptions } from "../../../lib/ship/options/sync-options.ts"

const wait = { resources: ["deployment/shop/web"], timeout: 60 }
const repository = parseRepository("ghcr.io/acme/web")
const bump = { repo: "https://git.example/deploy", path: "prod", image: "web" }
const delivery: Destination = { kind: "delivery", repository, bump }
const token = { plaintext: async () => "t", name: async () => "t" } as never
const cluster = { server: "https://cluster.example", token }

describe("the wait of ship", () => {
  test.each([
    { name: "neither a flag nor a setting", flag: undefined, settings: {}, resources: undefined },
    { name: "a setting", flag: undefined, settings: { wait }, resources: wait.resources },
    { name: "a setting and the flag", flag: true, settings: { wait }, resources: wait.resources },
    { name: "a setting and the flag false", flag: false, settings: { wait }, resources: undefined },
    { name: "the setting false", flag: undefined, settings: { wait: false as const }, resources: undefined },
  ])("follows $name", async ({ flag, settings, resources }) => {
    const found = await syncOptions({ wait: flag, cluster }, settings, { destination: delivery })
    expect(found?.resources).toEqual(resources)
  })

  test("has defaults", async () => {
    const found = await syncOptions({ cluster }, { wait }, { destination: delivery })
    expect(found).toEqual({
      ...{ resources: wait.resources, timeout: 60, settle: 15, mergeTimeout: 3600, rollbackOnFailure: false },
      api: cluster,
    })
  })

  test.each([
    { name: "the flag over the setting", flag: false, setting: true, result: false },
    { name: "the flag without the setting", flag: true, setting: undefined, result: true },
    { name: "the setting without the flag", flag: undefined, setting: true, result: true },
  ])("takes a failed release back by $name", async ({ flag, setting, result }) => {
    const own = { ...wait, ...(setting !== undefined && { rollbackOnFailure: setting }) }
    const flags = { cluster, ...(flag !== undefined && { rollbackOnFailure: flag }) }
    const found = await syncOptions(flags, { wait: own }, { destination: delivery })
    expect(found?.rollbackOnFailure).toBe(result)
  })

  test("needs no access in a rehearsal", async () => {
    const rehearsal: Destination = { kind: "rehearsal" }
    expect(await syncOptions({ cluster: {} }, { wait }, { destination: rehearsal })).toBeUndefined()
  })

  const { bump: _, ...unbumped } = delivery
  test.each([
    {
      name: "the flag without the setting",
      call: { wait: true, settings: {} },
      error: "OPTIONS_INVALID: expected wait.resources in slipway.yaml with --wait, got none. Set it to",
    },
    {
      name: "a rollback on failure without a wait",
      call: { rollbackOnFailure: true, settings: {} },
      error:
        "OPTIONS_INVALID: expected wait.resources in slipway.yaml with --rollback-on-failure, got a run that does not wait",
    },
    {
      name: "no bump",
      call: { settings: { wait }, destination: unbumped },
      error: "OPTIONS_INVALID: expected gitops.repo and gitops.path in slipway.yaml with wait, got none",
    },
    {
      name: "no access to a cluster",
      call: { settings: { wait }, cluster: {} },
      error: "OPTIONS_INVALID: expected one API: --kubeconfig, or --cluster-server",
    },
    {
      name: "an unknown kind of resource",
      call: { settings: { wait: { resources: ["pod/shop/web"] } } },
      error: "OPTIONS_INVALID: expected KIND/NAMESPACE/NAME with one of application",
    },
  ])("refuses $name before anything runs", async ({ call, error }) => {
    const { settings, destination = delivery, ...flags } = { cluster, ...call }
    await expect(syncOptions(flags, settings, { destination })).rejects.toThrow(error)
  })
})
