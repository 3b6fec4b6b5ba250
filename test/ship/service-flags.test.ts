import type { Directory } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { serviceFlags, servicesWords } from "../../lib/ship/service-flags.ts"
import { NO_FLAGS } from "./no-flags.ts"

test("a repository is that of all of them, and each has its own below it", () => {
  expect(serviceFlags({ ...NO_FLAGS, repository: "ghcr.io/acme" }, "api").repository).toBe("ghcr.io/acme/api")
})

test("a step's advice names the service's own keys", () => {
  const text =
    "Name it with build.dockerfile, and its folder with build.context; name one with build.target, or pass --platforms."
  expect(servicesWords(text, "web")).toBe(
    "Name it with services.web.build.dockerfile, and its folder with services.web.build.context; name one with services.web.build.target, or pass --platforms.",
  )
})

test("a key is the service's once, and no part of another word", () => {
  const text = "services.web.build.target, test.commands-x and --set build.args.A=1 stay"
  expect(servicesWords(text, "web")).toBe(text)
})

test("everything else holds for each as it is", () => {
  const flags = { ...NO_FLAGS, platforms: ["linux/amd64"], tags: ["v1"] }
  expect(serviceFlags(flags, "api")).toEqual(flags)
})

test("an image that is given can only be one", () => {
  expect(() => serviceFlags({ ...NO_FLAGS, layout: {} as Directory }, "api")).toThrow(
    "OPTIONS_INVALID: expected arguments that hold for every service in slipway.yaml, got --layout. Leave it out",
  )
})
