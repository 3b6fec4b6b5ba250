import { describe, expect, test } from "vitest"
import { applyOverrides, overrideAt, parseOverride } from "../../lib/config/overrides.ts"
import { parseSettings } from "../../lib/config/settings-file.ts"

describe("an override is a path and a value in YAML", () => {
  test.each<{ name: string; text: string; path: string[]; value: unknown }>([
    { name: "a text", text: "image=ghcr.io/acme/app", path: ["image"], value: "ghcr.io/acme/app" },
    { name: "an enum", text: "scan.severity=LOW", path: ["scan", "severity"], value: "LOW" },
    { name: "a number", text: "scan.maxDbAge=5", path: ["scan", "maxDbAge"], value: 5 },
    { name: "a switch", text: "scan.ignoreUnfixed=false", path: ["scan", "ignoreUnfixed"], value: false },
    { name: "a list", text: "tags=[a, b]", path: ["tags"], value: ["a", "b"] },
    { name: "a list with a template", text: 'tags=["{sha}", latest]', path: ["tags"], value: ["{sha}", "latest"] },
    { name: "a mapping", text: "build.args={A: 1, B: x}", path: ["build", "args"], value: { A: 1, B: "x" } },
    { name: "null, which removes", text: "test.image=null", path: ["test", "image"], value: null },
    { name: "a quoted number", text: 'build.args.V="1.10"', path: ["build", "args", "V"], value: "1.10" },
    { name: "a quoted null", text: "build.args.V='null'", path: ["build", "args", "V"], value: "null" },
    { name: "a value with =", text: "build.args.F=-X a=b", path: ["build", "args", "F"], value: "-X a=b" },
    { name: "a value with commas", text: "build.args.F=a,b", path: ["build", "args", "F"], value: "a,b" },
    {
      name: "a service's setting",
      text: "services.web.build.target=prod",
      path: ["services", "web", "build", "target"],
      value: "prod",
    },
    {
      name: "a key with dots",
      text: "build.labels.org\\.acme\\.team=web",
      path: ["build", "labels", "org.acme.team"],
      value: "web",
    },
    { name: "an empty text", text: 'build.args.V=""', path: ["build", "args", "V"], value: "" },
  ])("$name", ({ text, path, value }) => {
    expect(parseOverride(text)).toEqual({ path, value, text })
  })

  test.each([
    { name: "no equals sign", text: "scan.severity", error: "expected --set path=VALUE with keys separated by dots" },
    { name: "no path", text: "=LOW", error: "keys separated by dots" },
    { name: "an empty key", text: "scan..severity=LOW", error: "keys separated by dots" },
    { name: "no value", text: "scan.severity=", error: 'a value; null removes the setting, got "scan.severity="' },
    { name: "half a list", text: "tags=[a", error: "a value in YAML (" },
  ])("$name is refused", ({ text, error }) => {
    expect(() => parseOverride(text)).toThrow(/^OPTIONS_INVALID: /)
    expect(() => parseOverride(text)).toThrow(error)
  })
})

describe("overrides replace what a file says", () => {
  const file = { image: "a/b", tags: ["x"], test: { image: "node", commands: ["make"] }, scan: { severity: "LOW" } }
  test.each<{ name: string; from?: unknown; set: string[]; result: object }>([
    { name: "a scalar", set: ["scan.severity=HIGH"], result: { ...file, scan: { severity: "HIGH" } } },
    { name: "a whole list", set: ["tags=[y]"], result: { ...file, tags: ["y"] } },
    { name: "a whole mapping", set: ["scan={maxDbAge: 1}"], result: { ...file, scan: { maxDbAge: 1 } } },
    { name: "nothing beside it", set: ["test.image=go"], result: { ...file, test: { ...file.test, image: "go" } } },
    {
      name: "what is not there yet",
      from: {},
      set: ["services.web.build.target=t"],
      result: { services: { web: { build: { target: "t" } } } },
    },
    { name: "a setting with nothing", set: ["test.image=null"], result: { ...file, test: { commands: ["make"] } } },
    { name: "nothing with nothing", from: {}, set: ["image=null"], result: {} },
    { name: "the first by the last", set: ["image=c/d", "image=e/f"], result: { ...file, image: "e/f" } },
    {
      name: "a part of an earlier one",
      from: {},
      set: ["scan={maxDbAge: 1}", "scan.maxDbAge=2"],
      result: { scan: { maxDbAge: 2 } },
    },
    {
      name: "a switch by its details",
      from: { test: false },
      set: ["test.image=go"],
      result: { test: { image: "go" } },
    },
    {
      name: "an empty key by its details",
      from: { test: null },
      set: ["test.image=go"],
      result: { test: { image: "go" } },
    },
  ])("$name", ({ from = file, set, result }) => {
    expect(applyOverrides(from, set.map(parseOverride))).toEqual(result)
  })

  test.each([
    {
      name: "a text",
      set: "image.name=c",
      error: 'expected image to be a mapping, for --set image.name=c, got "\\"a/b\\""',
    },
    { name: "a list", set: "tags.0=y", error: "expected tags to be a mapping, for --set tags.0=y" },
  ])("a path through $name is refused", ({ set, error }) => {
    expect(() => applyOverrides(file, [parseOverride(set)])).toThrow(`SETTINGS_INVALID: ${error}`)
  })
})

test.each([
  { name: "at it", path: ["scan", "severity"], text: "scan.severity=a" },
  { name: "above it", path: ["build", "args", "A"], text: "build={}" },
  { name: "below it", path: ["test"], text: "test.image=i" },
  { name: "nowhere near", path: ["scan", "maxDbAge"], text: undefined },
])("a place is an override's that is $name", ({ path, text }) => {
  const overrides = ["scan.severity=b", "scan.severity=a", "build={}", "test.image=i"].map(parseOverride)
  expect(overrideAt(path, overrides)?.text).toBe(text)
})

describe("settings with overrides are checked as one", () => {
  const file = "image: a/b\ngitops: { repo: r }\n"
  test("an override completes what the file leaves out", () => {
    expect(parseSettings(file, ["gitops.path=prod"]).gitops).toEqual({ repo: "r", path: "prod" })
  })
  test("without a file there are overrides alone", () => {
    expect(parseSettings("", ["tags=[a, b]", "scan.severity=LOW"])).toEqual({
      tags: ["a", "b"],
      scan: { severity: "LOW" },
    })
  })
  test.each([
    {
      name: "a mistyped key",
      set: "scan.sevrity=LOW",
      error: 'in --set scan.sevrity=LOW, got "sevrity". Did you mean "severity"?',
    },
    {
      name: "a mistyped first key",
      set: "scn.severity=LOW",
      error: 'in --set scn.severity=LOW, got "scn". Did you mean "scan"?',
    },
    {
      name: "a mistyped key in a mapping",
      set: "scan={sevrity: LOW}",
      error: 'in --set scan={sevrity: LOW}, got "sevrity". Did you mean "severity"?',
    },
    {
      name: "a mistyped key of a service",
      set: "services.web.bild.target=t",
      error: 'in --set services.web.bild.target=t, got "bild". Did you mean "build"?',
    },
    {
      name: "a value that there is not",
      set: "scan.severity=low",
      error:
        'expected scan.severity to be one of UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL in --set scan.severity=low, got "low"',
    },
    { name: "a text for a list", set: "tags=a", error: 'expected tags to be array in --set tags=a, got "a"' },
    {
      name: "a template without quotes",
      set: "defaultBranch={sha}",
      error: 'expected defaultBranch to be string in --set defaultBranch={sha}, got "{\\"sha\\":null}". VALUE is YAML',
    },
    {
      name: "a path through a text that the file lacks",
      set: "defaultBranch.x=1",
      error: "expected defaultBranch to be string in --set defaultBranch.x=1",
    },
  ])("$name", ({ set, error }) => {
    expect(() => parseSettings("image: a/b\n", [set])).toThrow(error)
    expect(() => parseSettings("image: a/b\n", [set])).toThrow(/^SETTINGS_INVALID: /)
  })
  test("what is missing where only an override is", () => {
    expect(() => parseSettings("", ["gitops.repo=r"])).toThrow(
      "expected gitops.path to be string in --set gitops.repo=r, got nothing",
    )
  })
  test("a mistake of the file has its line also beside overrides", () => {
    expect(() => parseSettings("image: a\nplatform: [x]\n", ["scan.severity=LOW"])).toThrow(
      'in slipway.yaml, line 2, column 1, got "platform". Did you mean "platforms"?',
    )
  })
  test("an override replaces what the file says wrongly", () => {
    expect(parseSettings("scan: { severity: low }\n", ["scan.severity=LOW"]).scan).toEqual({ severity: "LOW" })
  })
})
