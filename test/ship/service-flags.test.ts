import { expect, test } from "vitest"
import type { ShipFlags } from "../../lib/ship/flags.ts"
import { serviceFlags, servicesWords } from "../../lib/ship/service-flags.ts"
import { NO_FLAGS } from "./no-flags.ts"

test("an address is that of all of them, and each has its own below it", () => {
  expect(serviceFlags({ ...NO_FLAGS, address: "ghcr.io/acme" }, "api").address).toBe("ghcr.io/acme/api")
})

test("a step's advice names the service's own keys, for there is no argument for one of several", () => {
  const text = "Name it with --dockerfile, and its folder with --context; name one with --target, or pass --platforms."
  expect(servicesWords(text, "web")).toBe(
    "Name it with services.web.build.dockerfile, and its folder with services.web.build.context; name one with services.web.build.target, or pass --platforms.",
  )
})

test("everything else holds for each as it is", () => {
  const flags = { ...NO_FLAGS, platforms: ["linux/amd64"], tags: ["v1"], gitopsPath: "prod" }
  expect(serviceFlags(flags, "api")).toEqual(flags)
})

test.each<[string, Partial<ShipFlags>]>([
  ["--dockerfile", { dockerfile: "api/Dockerfile" }],
  ["--context", { context: "api" }],
  ["--target", { target: "prod" }],
  ["--gitops-image", { gitopsImage: "api" }],
  ["--gitops-edits", { gitopsEdits: ["helm:api"] }],
  ["--test-commands", { testCommands: ["make test"] }],
  ["--context and --target", { context: "api", target: "prod" }],
])("%s can only be about a single image", (named, flags) => {
  expect(() => serviceFlags({ ...NO_FLAGS, ...flags }, "api")).toThrow(
    `OPTIONS_INVALID: expected arguments that hold for every service in slipway.yaml, got ${named}. Write it`,
  )
})
