import { describe, expect, test } from "vitest"
import type { ShipTools } from "../../../lib/ship/options/flags.ts"
import { chosenServices, readShipOptions, shipOptions } from "../../../lib/ship/options/options.ts"
import { stubDirectory } from "../../stub-directory.ts"
import { NO_FLAGS } from "../no-flags.ts"

const tools: ShipTools = {
  nodeImage: "node",
  images: { trivy: "t", cosign: "c", crane: "r", kustomize: "k", registry: "g" },
  scan: { images: { TRIVY: "t", GRYPE: "grype" }, databases: { TRIVY: undefined, GRYPE: undefined } },
  checkers: { helm: "h", kubeconform: "f", trivy: "t", conftest: "n", kyverno: "v", cosign: "c", crane: "r" },
}

test.each([
  { scanner: "TRIVY" as const, grype: undefined },
  { scanner: "GRYPE" as const, grype: "grype" },
])("$scanner of the settings scans, and Grype is only among the tools if it scans", async ({ scanner, grype }) => {
  const options = await shipOptions(NO_FLAGS, { scan: { scanner } }, tools)
  expect(options.scan.scanner).toBe(scanner)
  expect(options.tools.grype).toBe(grype)
})

test("the checks of the settings go with the delivery", async () => {
  const settings = { repository: "ghcr.io/acme/app", sign: { kmsKey: "awskms:///alias/a" } }
  const checked = await shipOptions(NO_FLAGS, { ...settings, checks: { conftest: "policies" } }, tools)
  expect(checked.delivery?.checks).toMatchObject({
    options: { charts: [], conftest: "policies" },
    tools: tools.checkers,
  })
  expect((await shipOptions(NO_FLAGS, settings, tools)).delivery?.checks).toBeUndefined()
})

describe("the chosen services", () => {
  const all = new Map([
    ["api", 1],
    ["web", 2],
    ["worker", 3],
  ])

  test.each([
    { name: "are all without --services", names: [], chosen: ["api", "web", "worker"] },
    { name: "are the named ones, in the order of the settings", names: ["worker", "api"], chosen: ["api", "worker"] },
    { name: "are named once", names: ["web", "web"], chosen: ["web"] },
  ])("$name", ({ names, chosen }) => {
    expect([...chosenServices(all, names).keys()]).toEqual(chosen)
  })

  test.each([
    {
      name: "an unknown one",
      services: all,
      says: 'expected --services to name any of api, web, worker, got "wbe". Correct --services.',
    },
    {
      name: "one of a repository without services",
      services: new Map<string, number>(),
      says: 'expected no --services, got "wbe". Omit --services: slipway.yaml has no services.',
    },
  ])("refuse $name", ({ services, says }) => {
    expect(() => chosenServices(services, ["wbe"])).toThrow(`OPTIONS_INVALID: ${says}`)
  })
})

test("a call that ends before the bump cannot wait for the cluster", async () => {
  const call = readShipOptions(stubDirectory({}), { ...NO_FLAGS, prepare: true, wait: true }, tools)
  await expect(call).rejects.toThrow(/^OPTIONS_INVALID: expected --prepare, .* or --wait, .* got both\./)
})

const delivery = { repository: "ghcr.io/acme/app", sign: { kmsKey: "awskms:///alias/a" } }

test.each([
  { name: "by default as soon as a base moved", settings: {}, policy: "moved" },
  { name: "only for a fix, if the settings say so", settings: { refresh: "fixes" as const }, policy: "fixes" },
])("a refresh builds $name", async ({ settings, policy }) => {
  const options = await shipOptions({ ...NO_FLAGS, refresh: true }, { ...delivery, ...settings }, tools)
  expect(options.refresh).toBe(policy)
  expect((await shipOptions(NO_FLAGS, { ...delivery, ...settings }, tools)).refresh).toBeUndefined()
})

test.each([
  { name: "a rehearsal", flags: { rehearse: true } },
  { name: "--force", flags: { force: true } },
])("a refresh is refused with $name", async ({ name, flags }) => {
  const call = shipOptions({ ...NO_FLAGS, refresh: true, ...flags }, delivery, tools)
  await expect(call).rejects.toThrow(
    `OPTIONS_INVALID: expected --refresh with a delivery that builds its source, got --refresh with ${name}`,
  )
})
