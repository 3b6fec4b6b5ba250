import { describe, expect, test } from "vitest"
import { parseRepository } from "../../../lib/oci/reference.ts"
import { chartResult, optionsOf, requireChart } from "../../../lib/ship/chart/chart-step.ts"
import type { ShipOptions } from "../../../lib/ship/context.ts"
import type { ShipTarget } from "../../../lib/ship/options/options.ts"
import { stubDirectory } from "../../stub-directory.ts"

const destination = { kind: "delivery", repository: parseRepository("ghcr.io/acme/web") } as const
const released = { ...destination, chart: parseRepository("ghcr.io/acme/charts/web") }
const whole = { chart: {}, destination: released, delivery: {} } as unknown as ShipOptions
const alone = { kind: "image", options: whole } as ShipTarget
const several = { kind: "services", services: new Map([["api", whole]]), onFailure: "stopAll" } as unknown as ShipTarget

describe("the chart is", () => {
  test("that of the one image, or of the service", () => {
    expect(optionsOf(alone)).toBe(whole)
    expect(optionsOf(several, "api")).toBe(whole)
    expect(requireChart(whole)).toEqual(whole)
  })

  test.each([
    ["no service of several", several, undefined, /expected --service to be one of api, got none/],
    ["another service", several, "web", /expected --service to be one of api, got "web"/],
    ["a service of none", alone, "web", /expected no --service/],
  ])("refused for %s", (_, what, service, message) => {
    expect(() => optionsOf(what, service)).toThrow(message)
  })

  test.each<[string, object, RegExp]>([
    ["without a chart in the settings", { ...whole, chart: undefined }, /got no chart/],
    ["without a repository or a signer", { ...whole, destination: { kind: "rehearsal" } }, /got a rehearsal/],
    ["without a repository for the chart", { ...whole, destination }, /got a rehearsal/],
  ])("refused %s", (_, options, message) => {
    expect(() => requireChart(options as ShipOptions)).toThrow(message)
  })

  test("refused for an image of another repository, or by its tag", async () => {
    const other = `ghcr.io/acme/other@sha256:${"0a".repeat(32)}`
    await expect(chartResult(stubDirectory({}), alone, { ref: other })).rejects.toThrow(
      /an image of ghcr\.io\/acme\/web,/,
    )
    await expect(chartResult(stubDirectory({}), alone, { ref: "ghcr.io/acme/web:v1" })).rejects.toThrow(
      /REFERENCE_INVALID/,
    )
  })
})
