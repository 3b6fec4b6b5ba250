import { describe, expect, test } from "vitest"
import type { Settings } from "../../../lib/config/settings.ts"
import { readTests, testsOf } from "../../../lib/ship/options/step-tests.ts"
import { stubDirectory } from "../../stub-directory.ts"

const single: Settings = { test: { image: "node:24", services: ["db=postgres:17"] }, build: { target: "prod" } }
const several: Settings = {
  test: { timeout: 60 },
  build: { args: { V: 1 } },
  services: { api: {}, web: { path: "front", test: { commands: ["make"] } }, docs: { test: false } },
}

describe("test runs the tests of ship", () => {
  test.each<{
    name: string
    settings: Settings
    flags?: Parameters<typeof testsOf>[1]
    service?: string
    tests: object[]
  }>([
    {
      name: "without settings",
      settings: {},
      tests: [{ options: { commands: [], buildArgs: [], services: [] } }],
    },
    {
      name: "by the settings",
      settings: single,
      tests: [{ options: { image: "node:24", services: ["db=postgres:17"], commands: [], buildArgs: [] } }],
    },
    {
      name: "by arguments that override them",
      settings: single,
      flags: { image: "go", timeout: 5 },
      tests: [{ options: { image: "go", services: ["db=postgres:17"], commands: [], buildArgs: [], timeout: 5 } }],
    },
    {
      name: "for each service that is tested",
      settings: several,
      tests: [
        { service: "api", options: { paths: ["api"], timeout: 60, commands: [], buildArgs: ["V=1"], services: [] } },
        {
          service: "web",
          options: { paths: ["front"], timeout: 60, commands: ["make"], buildArgs: ["V=1"], services: [] },
        },
      ],
    },
    {
      name: "for the named service",
      settings: several,
      service: "web",
      tests: [{ options: { paths: ["front"], timeout: 60, commands: ["make"], buildArgs: ["V=1"], services: [] } }],
    },
    {
      name: "for a named service, even if ship does not test it",
      settings: several,
      service: "docs",
      tests: [{ options: { paths: ["docs"], commands: [], buildArgs: ["V=1"], services: [] } }],
    },
    {
      name: "in the given paths, by the settings for all services",
      settings: several,
      flags: { paths: ["api", "lib"] },
      tests: [{ options: { paths: ["api", "lib"], timeout: 60, commands: [], buildArgs: ["V=1"], services: [] } }],
    },
    {
      name: "with the secrets that the settings name",
      settings: { test: { secrets: ["token"] } },
      tests: [{ options: { commands: [], buildArgs: [], services: [] }, secretNames: ["token"] }],
    },
    {
      name: "even if ship does not test",
      settings: { test: false },
      tests: [{ options: { commands: [], buildArgs: [], services: [] } }],
    },
  ])("$name", ({ settings, flags = {}, service, tests }) => {
    expect(testsOf(settings, flags, service)).toEqual(tests)
  })
})

test("reads the source's file with overrides", async () => {
  const source = stubDirectory({ "slipway.yaml": "test: { image: node }\n" })
  expect(await readTests(source, {}, { set: ["test.image=go"] })).toMatchObject([{ options: { image: "go" } }])
})
