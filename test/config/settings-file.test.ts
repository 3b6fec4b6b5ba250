import { describe, expect, test } from "vitest"
import { applyOverrides, overrideAt, parseOverride, parseSettings } from "../../lib/config/settings-file.ts"

describe("settings file", () => {
  describe("parses", () => {
    test.each([
      { name: "an empty file", text: "", settings: {} },
      { name: "comments alone", text: "# repository: ghcr.io/acme/app\n", settings: {} },
      {
        name: "a repository and its tags",
        text: 'repository: ghcr.io/acme/app\ntags: ["{sha}", latest]\n',
        settings: { repository: "ghcr.io/acme/app", tags: ["{sha}", "latest"] },
      },
      { name: "no tests", text: "test: false\n", settings: { test: false } },
      {
        name: "tests with a service",
        text: "test:\n  services: [db=postgres:17]\n",
        settings: { test: { services: ["db=postgres:17"] } },
      },
      {
        name: "build args that are not texts",
        text: "build: { args: { A: 1, B: true } }\n",
        settings: { build: { args: { A: 1, B: true } } },
      },
      {
        name: "exceptions, which the scan checks",
        text: "scan:\n  exceptions: [{ id: CVE-1 }]\n",
        settings: { scan: { exceptions: [{ id: "CVE-1" }] } },
      },
      {
        name: "a GitOps target",
        text: "gitops: { repo: https://g/d, path: prod }\n",
        settings: { gitops: { repo: "https://g/d", path: "prod" } },
      },
      {
        name: "retention rules",
        text: 'retention:\n  keep: [{ tags: ["v*"] }, { tags: ["*"], last: 20, days: 30 }]\n',
        settings: { retention: { keep: [{ tags: ["v*"] }, { tags: ["*"], last: 20, days: 30 }] } },
      },
      {
        name: "several services, with shared settings",
        text: "repository: ghcr.io/acme\ngitops: { repo: https://g/d }\nservices:\n  api: {}\n  web: { path: front, gitops: { path: prod } }\n",
        settings: {
          repository: "ghcr.io/acme",
          gitops: { repo: "https://g/d" },
          services: { api: {}, web: { path: "front", gitops: { path: "prod" } } },
        },
      },
    ])("$name", ({ text, settings }) => expect(parseSettings(text)).toEqual(settings))
  })

  describe("refuses, with the place and a fix,", () => {
    test.each([
      {
        name: "a mistyped key",
        text: "repository: ghcr.io/acme/app\nplatform: [linux/amd64]\n",
        error:
          'expected one of the keys repository, platforms, tags, test, refresh, wait, build, scan, smoke, registry, replicas, sign, cache, defaultBranch, gitops, chart, checks, services, onFailure, preview, deployed, deployments, notify, retention in slipway.yaml, line 2, column 1, got "platform". Did you mean "platforms"?',
      },
      {
        name: "a mistyped key in a mapping",
        text: "build:\n  dockerfile: a\n  arg: {}\n",
        error:
          'expected one of the keys dockerfile, context, target, args, labels, annotations, keepGitDir, reproducible, timeout in slipway.yaml, line 3, column 3, got "arg". Did you mean "args"?',
      },
      {
        name: "a mistyped key in a union",
        text: "test:\n  servces: []\n",
        error: 'line 2, column 3, got "servces". Did you mean "services"?',
      },
      {
        name: "a mistyped key before the missing required one",
        text: "gitops:\n  repo: a\n  pat: b\n",
        error: 'line 3, column 3, got "pat". Did you mean "path"?',
      },
      {
        name: "a mistyped key of a service",
        text: "services:\n  api:\n    pth: a\n",
        error:
          'expected one of the keys path, repository, platforms, tags, test, refresh, wait, build, scan, smoke, gitops, chart in slipway.yaml, line 3, column 5, got "pth". Did you mean "path"?',
      },
      {
        name: "the former name of the repository",
        text: "image: ghcr.io/acme/app\n",
        error: 'in slipway.yaml, line 1, column 1, got "image". Did you mean "repository"?',
      },
      {
        name: "the former name of a service's repository",
        text: "services:\n  api: { image: ghcr.io/acme/api }\n",
        error: 'in slipway.yaml, line 2, column 10, got "image". Did you mean "repository"?',
      },
      {
        name: "the former name of the image in the manifests",
        text: "gitops: { repo: r, path: p, image: app }\n",
        error: 'in slipway.yaml, line 1, column 29, got "image". Did you mean "imageName"?',
      },
      {
        name: "the former name of a service's image in the manifests",
        text: "services:\n  api: { gitops: { image: api } }\n",
        error: 'in slipway.yaml, line 2, column 20, got "image". Did you mean "imageName"?',
      },
      {
        name: "the former severity",
        text: "scan: { severity: LOW }\n",
        error: 'in slipway.yaml, line 1, column 9, got "severity". Did you mean "failOn.severity"?',
      },
      {
        name: "a service's former ignoreUnfixed",
        text: "services:\n  api: { scan: { ignoreUnfixed: true } }\n",
        error: 'in slipway.yaml, line 2, column 18, got "ignoreUnfixed". Did you mean "failOn.fixed"?',
      },
      {
        name: "the former failOnEndOfLife",
        text: "scan: { failOnEndOfLife: true }\n",
        error: 'got "failOnEndOfLife". Did you mean "failOn.endOfLife"?',
      },
      {
        name: "a probability above one",
        text: "scan: { failOn: { epss: 5 } }\n",
        error: "expected scan.failOn.epss to be valid",
      },
      {
        name: "a service's name that is invalid in an image",
        text: "services:\n  Api: {}\n",
        error: "in slipway.yaml, line 2",
      },
      {
        name: "an unknown onFailure",
        text: "onFailure: stop\n",
        error: 'expected onFailure to be one of stopAll, stopOne in slipway.yaml, line 1, column 12, got "stop"',
      },
      { name: "an unknown key", text: "colour: blue\n", error: 'line 1, column 1, got "colour". Remove it.' },
      {
        name: "a missing key",
        text: "repository: a\ngitops:\n  repo: a\n",
        error: "expected gitops.path to be string in slipway.yaml, line 3, column 3, got nothing",
      },
      {
        name: "a text for a list",
        text: "platforms: linux/amd64\n",
        error: 'expected platforms to be array in slipway.yaml, line 1, column 12, got "linux/amd64"',
      },
      {
        name: "an unknown severity",
        text: "scan:\n  failOn: { severity: high }\n",
        error:
          'expected scan.failOn.severity to be one of UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL in slipway.yaml, line 2, column 23, got "high"',
      },
      { name: "an age below zero", text: "scan: { maxDbAge: -1 }\n", error: 'line 1, column 19, got "-1"' },
      { name: "test: true", text: "test: true\n", error: 'line 1, column 7, got "true"' },
      {
        name: "a list instead of a mapping",
        text: "- a\n",
        error: "expected the file to be object in slipway.yaml, line 1, column 1",
      },
      { name: "broken YAML", text: "repository: [a\n", error: "expected YAML in slipway.yaml, line 2, column 1" },
      {
        name: "a key twice",
        text: "repository: a\nrepository: b\n",
        error: "expected YAML in slipway.yaml, line 2, column 1, got Map keys must be unique",
      },
    ])("$name", ({ text, error }) => {
      expect(() => parseSettings(text)).toThrow(error)
      expect(() => parseSettings(text)).toThrow(/^SETTINGS_INVALID: /)
    })
  })

  test("accepts hundreds of aliases in services, and refuses an alias without an anchor", () => {
    const services = Array.from({ length: 120 }, (_, i) => `  s${i}: { build: *build }`).join("\n")
    const text = `repository: registry.example/acme/shop\nservices:\n  web: { build: &build { context: . } }\n${services}\n`
    expect(Object.keys(parseSettings(text).services ?? {})).toHaveLength(121)
    expect(() => parseSettings("repository: *none\n")).toThrow(
      /^SETTINGS_INVALID: expected aliases that can be resolved in slipway\.yaml/,
    )
  })

  test.each<{ name: string; text: string; is: unknown }>([
    { name: "list", text: "scan:\n  exceptions:\n  #  - { id: CVE-1 }\n", is: { scan: {} } },
    { name: "mapping", text: "build:\n  args:\n  # A: 1\n", is: { build: {} } },
    { name: "section", text: "repository: a.b/c\nscan:\n#  severity: HIGH\n", is: { repository: "a.b/c" } },
    { name: "section with required keys", text: "gitops:\nretention:\n", is: {} },
    { name: "section that can be false", text: "test:\n", is: {} },
    {
      name: "service, which needs only its name",
      text: "services:\n  web:\n  api: {}\n",
      is: { services: { web: {}, api: {} } },
    },
    { name: "list of a service", text: "services: { web: { tags: } }\n", is: { services: { web: {} } } },
  ])("accepts an empty $name", ({ text, is }) => {
    expect(parseSettings(text)).toEqual(is)
  })

  test.each([
    { name: "a text", text: "repository:\n", error: "expected repository to be string" },
    { name: "an unknown key", text: "scann:\n", error: "one of the keys" },
    { name: "an element of a list", text: "tags: [a, ]\nplatforms: [~]\n", error: "expected platforms.0 to be string" },
    {
      name: "an invalid value next to an empty list",
      text: "tags:\nscan: { failOn: { severity: bad } }\n",
      error: "scan.failOn.severity to be one of",
    },
  ])("refuses empty values: $name", ({ text, error }) => expect(() => parseSettings(text)).toThrow(error))
})

describe("overrides", () => {
  describe("parses a path and a value in YAML", () => {
    test.each<{ name: string; text: string; path: string[]; value: unknown }>([
      { name: "a text", text: "repository=ghcr.io/acme/app", path: ["repository"], value: "ghcr.io/acme/app" },
      { name: "an enum", text: "scan.failOn.severity=LOW", path: ["scan", "failOn", "severity"], value: "LOW" },
      { name: "a number", text: "scan.maxDbAge=5", path: ["scan", "maxDbAge"], value: 5 },
      { name: "a switch", text: "scan.failOn.fixed=false", path: ["scan", "failOn", "fixed"], value: false },
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
      {
        name: "no equals sign",
        text: "scan.failOn.severity",
        error: "expected --set path=VALUE with keys separated by dots",
      },
      { name: "no path", text: "=LOW", error: "keys separated by dots" },
      { name: "an empty key", text: "scan..severity=LOW", error: "keys separated by dots" },
      {
        name: "no value",
        text: "scan.failOn.severity=",
        error: 'a value; null removes the setting, got "scan.failOn.severity="',
      },
      { name: "half a list", text: "tags=[a", error: "a value in YAML (" },
    ])("refuses $name", ({ text, error }) => {
      expect(() => parseOverride(text)).toThrow(/^OPTIONS_INVALID: /)
      expect(() => parseOverride(text)).toThrow(error)
    })
  })

  describe("replace settings of the file:", () => {
    const file = {
      repository: "a/b",
      tags: ["x"],
      test: { image: "node", commands: ["make"] },
      scan: { failOn: { severity: "LOW" } },
    }
    test.each<{ name: string; from?: unknown; set: string[]; result: object }>([
      {
        name: "a scalar",
        set: ["scan.failOn.severity=HIGH"],
        result: { ...file, scan: { failOn: { severity: "HIGH" } } },
      },
      { name: "a whole list", set: ["tags=[y]"], result: { ...file, tags: ["y"] } },
      { name: "a whole mapping", set: ["scan={maxDbAge: 1}"], result: { ...file, scan: { maxDbAge: 1 } } },
      { name: "only the setting", set: ["test.image=go"], result: { ...file, test: { ...file.test, image: "go" } } },
      {
        name: "a missing setting",
        from: {},
        set: ["services.web.build.target=t"],
        result: { services: { web: { build: { target: "t" } } } },
      },
      { name: "a removed setting", set: ["test.image=null"], result: { ...file, test: { commands: ["make"] } } },
      { name: "a removed setting that is missing", from: {}, set: ["repository=null"], result: {} },
      {
        name: "an earlier override",
        set: ["repository=c/d", "repository=e/f"],
        result: { ...file, repository: "e/f" },
      },
      {
        name: "a part of an earlier override",
        from: {},
        set: ["scan={maxDbAge: 1}", "scan.maxDbAge=2"],
        result: { scan: { maxDbAge: 2 } },
      },
      {
        name: "a boolean by a mapping",
        from: { test: false },
        set: ["test.image=go"],
        result: { test: { image: "go" } },
      },
      {
        name: "an empty key by a mapping",
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
        set: "repository.name=c",
        error: 'expected repository to be a mapping, for --set repository.name=c, got "\\"a/b\\""',
      },
      { name: "a list", set: "tags.0=y", error: "expected tags to be a mapping, for --set tags.0=y" },
    ])("refuses a path through $name", ({ set, error }) => {
      expect(() => applyOverrides(file, [parseOverride(set)])).toThrow(`SETTINGS_INVALID: ${error}`)
    })
  })

  test.each([
    { name: "at it", path: ["scan", "failOn", "severity"], text: "scan.failOn.severity=a" },
    { name: "above it", path: ["build", "args", "A"], text: "build={}" },
    { name: "below it", path: ["test"], text: "test.image=i" },
    { name: "elsewhere", path: ["scan", "maxDbAge"], text: undefined },
  ])("finds the override of a setting $name", ({ path, text }) => {
    const overrides = ["scan.failOn.severity=b", "scan.failOn.severity=a", "build={}", "test.image=i"].map(
      parseOverride,
    )
    expect(overrideAt(path, overrides)?.text).toBe(text)
  })

  describe("are checked together with the file:", () => {
    const file = "repository: a/b\ngitops: { repo: r }\n"
    test("an override completes the file", () => {
      expect(parseSettings(file, ["gitops.path=prod"]).gitops).toEqual({ repo: "r", path: "prod" })
    })
    test("overrides work without a file", () => {
      expect(parseSettings("", ["tags=[a, b]", "scan.failOn.severity=LOW"])).toEqual({
        tags: ["a", "b"],
        scan: { failOn: { severity: "LOW" } },
      })
    })
    test.each([
      {
        name: "a mistyped key",
        set: "scan.failOn.sevrity=LOW",
        error: 'in --set scan.failOn.sevrity=LOW, got "sevrity". Did you mean "severity"?',
      },
      {
        name: "a mistyped first key",
        set: "scn.severity=LOW",
        error: 'in --set scn.severity=LOW, got "scn". Did you mean "scan"?',
      },
      {
        name: "a mistyped key in a mapping",
        set: "scan={failOn: {sevrity: LOW}}",
        error: 'in --set scan={failOn: {sevrity: LOW}}, got "sevrity". Did you mean "severity"?',
      },
      {
        name: "a mistyped key of a service",
        set: "services.web.bild.target=t",
        error: 'in --set services.web.bild.target=t, got "bild". Did you mean "build"?',
      },
      {
        name: "an unknown value",
        set: "scan.failOn.severity=low",
        error:
          'expected scan.failOn.severity to be one of UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL in --set scan.failOn.severity=low, got "low"',
      },
      {
        name: "the former name of the repository",
        set: "image=a/b",
        error: 'in --set image=a/b, got "image". Did you mean "repository"?',
      },
      {
        name: "the former name of the image in the manifests",
        set: "gitops.image=app",
        error: 'in --set gitops.image=app, got "image". Did you mean "imageName"?',
      },
      { name: "a text for a list", set: "tags=a", error: 'expected tags to be array in --set tags=a, got "a"' },
      {
        name: "a template without quotes",
        set: "defaultBranch={sha}",
        error: 'expected defaultBranch to be string in --set defaultBranch={sha}, got "{\\"sha\\":null}". Quote a text',
      },
      {
        name: "a path through a text that the file does not have",
        set: "defaultBranch.x=1",
        error: "expected defaultBranch to be string in --set defaultBranch.x=1",
      },
    ])("$name", ({ set, error }) => {
      expect(() => parseSettings("repository: a/b\n", [set])).toThrow(error)
      expect(() => parseSettings("repository: a/b\n", [set])).toThrow(/^SETTINGS_INVALID: /)
    })
    test("a missing key is reported for the override that made its mapping", () => {
      expect(() => parseSettings("", ["gitops.repo=r"])).toThrow(
        "expected gitops.path to be string in --set gitops.repo=r, got nothing",
      )
    })
    test("an error in the file has its line, despite overrides", () => {
      expect(() => parseSettings("repository: a\nplatform: [x]\n", ["scan.failOn.severity=LOW"])).toThrow(
        'in slipway.yaml, line 2, column 1, got "platform". Did you mean "platforms"?',
      )
    })
    test("an override replaces an invalid setting of the file", () => {
      expect(parseSettings("scan: { failOn: { severity: low } }\n", ["scan.failOn.severity=LOW"]).scan).toEqual({
        failOn: { severity: "LOW" },
      })
    })
  })
})
