import { describe, expect, test } from "vitest"
import { parseSettings } from "../../lib/config/settings-file.ts"

describe("settings", () => {
  test.each([
    { name: "an empty file", text: "", settings: {} },
    { name: "comments alone", text: "# image: ghcr.io/acme/app\n", settings: {} },
    {
      name: "an image and its tags",
      text: 'image: ghcr.io/acme/app\ntags: ["{sha}", latest]\n',
      settings: { image: "ghcr.io/acme/app", tags: ["{sha}", "latest"] },
    },
    { name: "no tests", text: "test: false\n", settings: { test: false } },
    {
      name: "tests with a service",
      text: "test:\n  services: [db=postgres:17]\n",
      settings: { test: { services: ["db=postgres:17"] } },
    },
    {
      name: "build args that are no texts",
      text: "build: { args: { A: 1, B: true } }\n",
      settings: { build: { args: { A: 1, B: true } } },
    },
    {
      name: "exceptions, which the scan judges",
      text: "scan:\n  exceptions: [{ id: CVE-1 }]\n",
      settings: { scan: { exceptions: [{ id: "CVE-1" }] } },
    },
    {
      name: "a GitOps target",
      text: "gitops: { repo: https://g/d, path: prod }\n",
      settings: { gitops: { repo: "https://g/d", path: "prod" } },
    },
    {
      name: "what a registry keeps",
      text: 'retention:\n  keep: [{ tags: ["v*"] }, { tags: ["*"], last: 20, days: 30 }]\n',
      settings: { retention: { keep: [{ tags: ["v*"] }, { tags: ["*"], last: 20, days: 30 }] } },
    },
    {
      name: "several services, with what they share",
      text: "image: ghcr.io/acme\ngitops: { repo: https://g/d }\nservices:\n  api: {}\n  web: { path: front, gitops: { path: prod } }\n",
      settings: {
        image: "ghcr.io/acme",
        gitops: { repo: "https://g/d" },
        services: { api: {}, web: { path: "front", gitops: { path: "prod" } } },
      },
    },
  ])("are $name", ({ text, settings }) => expect(parseSettings(text)).toEqual(settings))
})

describe("refused, with the place and what was meant", () => {
  test.each([
    {
      name: "a mistyped key",
      text: "image: ghcr.io/acme/app\nplatform: [linux/amd64]\n",
      error:
        'expected one of the keys image, platforms, tags, test, build, scan, registry, sign, defaultBranch, gitops, services, onFailure, retention in slipway.yaml, line 2, column 1, got "platform". Did you mean "platforms"?',
    },
    {
      name: "a mistyped key further in",
      text: "build:\n  dockerfile: a\n  arg: {}\n",
      error:
        'expected one of the keys dockerfile, context, target, args, labels, annotations, keepGitDir, timeout in slipway.yaml, line 3, column 3, got "arg". Did you mean "args"?',
    },
    {
      name: "a mistyped key beside another form",
      text: "test:\n  servces: []\n",
      error: 'line 2, column 3, got "servces". Did you mean "services"?',
    },
    {
      name: "a mistyped key that a required one is missing for",
      text: "gitops:\n  repo: a\n  pat: b\n",
      error: 'line 3, column 3, got "pat". Did you mean "path"?',
    },
    {
      name: "a mistyped key of a service",
      text: "services:\n  api:\n    pth: a\n",
      error:
        'expected one of the keys path, image, platforms, tags, test, build, scan, gitops in slipway.yaml, line 3, column 5, got "pth". Did you mean "path"?',
    },
    {
      name: "a service's name that no image can have",
      text: "services:\n  Api: {}\n",
      error: "in slipway.yaml, line 2",
    },
    {
      name: "a way to fail that there is not",
      text: "onFailure: stop\n",
      error: 'expected onFailure to be one of stopAll, stopOne in slipway.yaml, line 1, column 12, got "stop"',
    },
    { name: "a key like none", text: "colour: blue\n", error: 'line 1, column 1, got "colour". Take it out.' },
    {
      name: "a missing key",
      text: "image: a\ngitops:\n  repo: a\n",
      error: "expected gitops.path to be string in slipway.yaml, line 3, column 3, got nothing",
    },
    {
      name: "a text for a list",
      text: "platforms: linux/amd64\n",
      error: 'expected platforms to be array in slipway.yaml, line 1, column 12, got "linux/amd64"',
    },
    {
      name: "a severity that there is not",
      text: "scan:\n  severity: high\n",
      error:
        'expected scan.severity to be one of UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL in slipway.yaml, line 2, column 13, got "high"',
    },
    { name: "an age below zero", text: "scan: { maxDbAge: -1 }\n", error: 'line 1, column 19, got "-1"' },
    { name: "tests that are on", text: "test: true\n", error: 'line 1, column 7, got "true"' },
    { name: "no mapping", text: "- a\n", error: "expected the file to be object in slipway.yaml, line 1, column 1" },
    { name: "broken YAML", text: "image: [a\n", error: "expected YAML in slipway.yaml, line 2, column 1" },
    {
      name: "a key twice",
      text: "image: a\nimage: b\n",
      error: "expected YAML in slipway.yaml, line 2, column 1, got Map keys must be unique",
    },
  ])("$name", ({ text, error }) => {
    expect(() => parseSettings(text)).toThrow(error)
    expect(() => parseSettings(text)).toThrow(/^SETTINGS_INVALID: /)
  })
})

test("services may share as many blocks as they like by anchors; one of nothing is named", () => {
  const services = Array.from({ length: 120 }, (_, i) => `  s${i}: { build: *build }`).join("\n")
  const text = `image: registry.example/acme/shop\nservices:\n  web: { build: &build { context: . } }\n${services}\n`
  expect(Object.keys(parseSettings(text).services ?? {})).toHaveLength(121)
  expect(() => parseSettings("image: *none\n")).toThrow(
    /^SETTINGS_INVALID: expected aliases that can be resolved in slipway\.yaml/,
  )
})

test.each<{ name: string; text: string; is: unknown }>([
  { name: "a list", text: "scan:\n  exceptions:\n  #  - { id: CVE-1 }\n", is: { scan: {} } },
  { name: "a mapping", text: "build:\n  args:\n  # A: 1\n", is: { build: {} } },
  { name: "a section", text: "image: a.b/c\nscan:\n#  severity: HIGH\n", is: { image: "a.b/c" } },
  { name: "a section that has keys that it needs", text: "gitops:\nretention:\n", is: {} },
  { name: "a section that may be false as well", text: "test:\n", is: {} },
  {
    name: "a service, which is there all the same",
    text: "services:\n  web:\n  api: {}\n",
    is: { services: { web: {}, api: {} } },
  },
  { name: "a list of a service", text: "services: { web: { tags: } }\n", is: { services: { web: {} } } },
])("takes $name without an entry for one that is not there", ({ text, is }) => {
  expect(parseSettings(text)).toEqual(is)
})

test.each([
  { name: "a text", text: "image:\n", says: "expected image to be string" },
  { name: "an unknown key", text: "scann:\n", says: "one of the keys" },
  { name: "an element of a list", text: "tags: [a, ]\nplatforms: [~]\n", says: "expected platforms.0 to be string" },
  {
    name: "another mistake beside an empty list",
    text: "tags:\nscan: { severity: bad }\n",
    says: "scan.severity to be one of",
  },
])("refuses $name that is empty", ({ text, says }) => expect(() => parseSettings(text)).toThrow(says))
