import type { Secret } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { notifyOptions } from "../../../lib/ship/options/notify-options.ts"

const secret = {} as Secret
const defaults = { format: "json", on: ["failure", "success", "newFindings"], timeout: 10 }

test.each([
  { name: "nothing", settings: {}, secrets: {}, options: undefined },
  { name: "no address yet", settings: { notify: {} }, secrets: {}, options: defaults },
  {
    name: "the settings' address, and a key",
    settings: { notify: { url: "https://hooks.example", format: "slack" as const, timeout: 5 } },
    secrets: { key: secret },
    options: { ...defaults, url: "https://hooks.example", format: "slack", timeout: 5, key: secret },
  },
  {
    name: "a secret address",
    settings: { notify: { on: ["failure" as const] } },
    secrets: { url: secret },
    options: { ...defaults, on: ["failure"], secretUrl: secret },
  },
])("a webhook with $name", ({ settings, secrets, options }) => {
  expect(notifyOptions(settings, secrets)).toEqual(options)
})

test("its secrets without settings are refused, because nothing would be sent", () => {
  expect(() => notifyOptions({}, { key: secret })).toThrow(/^OPTIONS_INVALID: expected notify in slipway.yaml/)
})
