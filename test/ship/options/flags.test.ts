import type { Directory, File, Secret } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { stringify } from "yaml"
import { type ServiceSettings, serviceSettings } from "../../../lib/config/services.ts"
import type { Settings } from "../../../lib/config/settings.ts"
import { parseSettings } from "../../../lib/config/settings-file.ts"
import {
  mergeDestination,
  type ShipFlags,
  type ShipTools,
  serviceAdvice,
  serviceFlags,
  stageOptions,
} from "../../../lib/ship/options/flags.ts"
import type { SettingsFiles } from "../../../lib/ship/options/settings-files.ts"
import type { TestOptions } from "../../../lib/test/suite.ts"
import { Severity } from "../../../src/enums.ts"
import { NO_FLAGS } from "../no-flags.ts"

describe("flags", () => {
  const settings: Settings = {
    repository: "ghcr.io/acme/app",
    platforms: ["linux/amd64"],
    tags: ["{sha}"],
    test: {
      image: "node:24",
      commands: ["npm test"],
      services: ["db=postgres:17"],
      paths: ["api"],
      variables: { A: 1 },
    },
    build: { dockerfile: "d", context: "c", target: "t", args: { V: 1 }, labels: { l: "1" }, annotations: { a: "2" } },
    scan: { failOn: { severity: "LOW", fixed: true, endOfLife: true }, maxDbAge: 5, dbRepositories: ["r"] },
    gitops: {
      ...{ repo: "https://g/d", path: "prod", branch: "live", imageName: "app" },
      ...{ tag: "{semver}", kustomizeOptions: ["--enable-helm"] },
    },
  }
  type PullRequest = NonNullable<Settings["gitops"]>["pullRequest"]
  const images = { nodeImage: "node", gitImage: "git" }
  const tools: ShipTools = {
    ...{
      nodeImage: "node",
      images: { trivy: "t", cosign: "c", crane: "r", kustomize: "k", registry: "g", git: "git" },
    },
    scan: { images: { TRIVY: "t", GRYPE: "g" }, databases: { TRIVY: undefined, GRYPE: undefined } },
    checkers: { helm: "h", kubeconform: "f", trivy: "t", conftest: "n", kyverno: "v", cosign: "c", crane: "r" },
  }
  /** The options of the stages, and the destination. */
  function merged(flags: ShipFlags, settings: ServiceSettings, files: SettingsFiles = {}) {
    const stages = stageOptions(flags, settings, tools)
    return { ...stages, destination: mergeDestination(flags, settings, { ci: stages.ci, files }) }
  }
  /** The test options of a call that runs tests. */
  function testsOf(flags: ShipFlags, settings: ServiceSettings): TestOptions {
    const { tests } = stageOptions(flags, settings, tools)
    if (tests === "skip") throw new Error("the tests are skipped")
    return tests
  }
  const proposal = { pullRequest: false, autoMerge: false }
  const secret = {} as Secret
  const file = {} as File

  describe("without settings", () => {
    const args = merged(NO_FLAGS, {})
    test("nothing is delivered", () => {
      const nowhere = {
        gitopsBranch: "main",
        tags: [],
        signing: {},
        commit: {},
        proposal,
      }
      expect(args.destination).toEqual({ ...nowhere, registry: { plainHttp: false }, git: {} })
    })
    test("each stage has its defaults", () => {
      expect(args.tests).toEqual({ commands: [], services: [], buildArgs: [] })
      expect(args.build).toEqual({ buildArgs: [], labels: [], annotations: [], secrets: [], secretIds: [], ...images })
      expect(args.scan.rules).toEqual({
        ...{ threshold: Severity.HIGH, ignoreUnfixed: false, failOnEndOfLife: false, maxDbAge: 0 },
        ...{ pkgTypes: ["os", "library"], scanners: ["vuln", "secret"] },
      })
      expect(args).toMatchObject({ scan: { dbRepositories: [], scanner: "TRIVY", timeout: 300 } })
    })
  })

  describe("settings apply without a flag", () => {
    const args = merged(NO_FLAGS, settings)
    test("for the destination", () => {
      expect(args.destination).toEqual({
        ...{ repository: "ghcr.io/acme/app", gitopsRepo: "https://g/d", gitopsPath: "prod", gitopsImageName: "app" },
        ...{
          gitopsBranch: "live",
          tags: ["{sha}"],
          registry: { plainHttp: false },
          git: {},
          signing: {},
          commit: {},
        },
        ...{ gitopsTag: "{semver}", gitopsKustomizeOptions: ["--enable-helm"] },
        proposal,
      })
    })
    test("for the replicas, which a rehearsal has none of", () => {
      const replicas = ["mirror.acme.example/app"]
      const given = (rehearse: boolean) =>
        mergeDestination({ ...NO_FLAGS, rehearse }, { ...settings, replicas }, {}).replicas
      expect(given(false)).toEqual([{ repository: "mirror.acme.example/app", registry: {} }])
      expect(given(true)).toBeUndefined()
    })
    test("for the tests", () => {
      expect(args.tests).toEqual({ ...(settings.test || {}), variables: ["A=1"], buildArgs: ["V=1"] })
      expect(merged(NO_FLAGS, { test: false })).toMatchObject({ tests: "skip" })
    })
    test("for the build", () => {
      expect(args.build).toEqual({
        ...{ platforms: ["linux/amd64"], dockerfile: "d", context: "c", target: "t", buildArgs: ["V=1"] },
        ...{ labels: ["l=1"], annotations: ["a=2"], secrets: [], secretIds: [], ...images },
      })
    })
    test.each([true, false])("for .git in the build's context: %s", (keepGitDir) => {
      expect(merged(NO_FLAGS, { build: { keepGitDir } }).build.keepGitDir).toBe(keepGitDir)
    })
    test("for the scan", () => {
      expect(args.scan.rules).toMatchObject({
        threshold: "LOW",
        ignoreUnfixed: true,
        failOnEndOfLife: true,
        maxDbAge: 5,
      })
      expect(args.scan.dbRepositories).toEqual(["r"])
    })
  })

  describe("a flag overrides the settings", () => {
    test.each<{ flags: Partial<ShipFlags>; result: object }>([
      { flags: { repository: "a.b/c" }, result: { destination: { repository: "a.b/c" } } },
      { flags: { tags: ["v1"] }, result: { destination: { tags: ["v1"] } } },
      { flags: { signing: { key: secret } }, result: { destination: { signing: { key: secret } } } },
      { flags: { ci: ["CI_PIPELINE_URL=u"] }, result: { ci: { system: "gitlab", url: "u" } } },
      { flags: { platforms: ["linux/arm64"] }, result: { build: { platforms: ["linux/arm64"] } } },
      {
        flags: { buildSecrets: [secret], buildSecretIds: ["s"] },
        result: { build: { secrets: [secret], secretIds: ["s"] } },
      },
      { flags: { severity: Severity.CRITICAL }, result: { scan: { rules: { threshold: "CRITICAL" } } } },
      { flags: { exceptions: file }, result: { scan: { exceptions: file } } },
    ])("$flags", ({ flags, result }) => {
      expect(merged({ ...NO_FLAGS, ...flags }, settings)).toMatchObject(result)
    })
  })

  describe("--set overrides the settings", () => {
    test.each<{ set: string[]; result: object }>([
      {
        set: ["gitops.repo=https://g/e", "gitops.path=p"],
        result: { destination: { gitopsRepo: "https://g/e", gitopsPath: "p" } },
      },
      {
        set: ["gitops.imageName=i", "gitops.branch=b"],
        result: { destination: { gitopsImageName: "i", gitopsBranch: "b" } },
      },
      { set: ["gitops.edits=[helm:image]"], result: { destination: { gitopsEdits: ["helm:image"] } } },
      { set: ['gitops.tag="{sha}"'], result: { destination: { gitopsTag: "{sha}" } } },
      {
        set: ["gitops.kustomizeOptions=[--reorder=none]"],
        result: { destination: { gitopsKustomizeOptions: ["--reorder=none"] } },
      },
      { set: ["test=false"], result: { tests: "skip" } },
      { set: ["test.image=i", "test.commands=[c]"], result: { tests: { image: "i", commands: ["c"] } } },
      { set: ["test.services=[s]"], result: { tests: { services: ["s"] } } },
      {
        set: ["build.dockerfile=D", "build.context=C", "build.target=T"],
        result: { build: { dockerfile: "D", context: "C", target: "T" } },
      },
      { set: ["build.args={W: 2}"], result: { build: { buildArgs: ["W=2"] }, tests: { buildArgs: ["W=2"] } } },
      { set: ["scan.maxDbAge=1"], result: { scan: { rules: { maxDbAge: 1 } } } },
      { set: ["scan.dbRepositories=[q]"], result: { scan: { dbRepositories: ["q"] } } },
    ])("$set", ({ set, result }) => {
      expect(merged(NO_FLAGS, parseSettings(stringify(settings), set))).toMatchObject(result)
    })
  })

  describe("only the settings decide", () => {
    const at = { repo: "https://g/d", path: "prod" }
    test.each<{ name: string; file: Settings; result: object }>([
      { name: "which scanner scans", file: { scan: { scanner: "GRYPE" } }, result: { scan: { scanner: "GRYPE" } } },
      {
        name: "what the scanner looks for",
        file: { scan: { scanners: ["misconfig"] } },
        result: { scan: { rules: { scanners: ["misconfig"] } } },
      },
      {
        name: "which packages it scans",
        file: { scan: { pkgTypes: ["os"] } },
        result: { scan: { rules: { pkgTypes: ["os"] } } },
      },
      {
        name: "whether the end of life of a distribution fails",
        file: { scan: { failOn: { endOfLife: true } } },
        result: { scan: { rules: { failOnEndOfLife: true } } },
      },
      { name: "how long a scan may take", file: { scan: { timeout: 60 } }, result: { scan: { timeout: 60 } } },
      { name: "which runners test", file: { test: { runners: ["go"] } }, result: { tests: { runners: ["go"] } } },
      {
        name: "which files the tests' report has",
        file: { test: { reports: ["e2e/**"] } },
        result: { tests: { reports: ["e2e/**"] } },
      },
      {
        name: "the options of a bump's commit",
        file: { gitops: { ...at, message: "m", authorName: "a", authorEmail: "a@b", signOff: true, timeout: 9 } },
        result: {
          destination: { commit: { message: "m", authorName: "a", authorEmail: "a@b", signOff: true, timeout: 9 } },
        },
      },
      {
        name: "which forge a bump is pushed to",
        file: { gitops: { ...at, forge: "gitlab" } },
        result: { destination: { proposal: { pullRequest: false, forge: "gitlab" } } },
      },
      {
        name: "which forge gets a pull request",
        file: { gitops: { ...at, forge: "gitlab", pullRequest: { forge: "gitea" } } },
        result: { destination: { proposal: { pullRequest: true, forge: "gitea" } } },
      },
    ])("$name", ({ file, result }) => {
      expect(merged(NO_FLAGS, file)).toMatchObject(result)
    })
    test("a bump's commit has no options without settings", () => {
      expect(merged(NO_FLAGS, { gitops: at }).destination.commit).toEqual({})
    })
  })

  describe("a file that the settings name applies if none is given", () => {
    const caCertificate = { name: "ca" } as unknown as File
    const trustedRoot = { name: "root" } as unknown as File
    const signingConfig = { name: "config" } as unknown as File
    const named = { caCertificate, trustedRoot, signingConfig }
    test("for the registry", () => {
      expect(merged(NO_FLAGS, {}, named).destination.registry.caCertificate).toBe(caCertificate)
      const flags = { ...NO_FLAGS, registry: { caCertificate: file } }
      expect(merged(flags, {}, named).destination.registry.caCertificate).toBe(file)
    })
    test("for a signature without a key", () => {
      const signing = { identityToken: secret }
      const flags = { ...NO_FLAGS, signing }
      expect(merged(flags, {}, named).destination.signing).toEqual({ ...signing, trustedRoot, signingConfig })
      const own = { ...NO_FLAGS, signing: { ...signing, trustedRoot: file } }
      expect(merged(own, {}, named).destination.signing).toEqual({ ...signing, trustedRoot: file, signingConfig })
    })
    test("but not for a signature with a key", () => {
      const flags = { ...NO_FLAGS, signing: { key: secret } }
      expect(merged(flags, {}, named).destination.signing).toEqual({ key: secret })
    })
  })

  describe("an argument or --set overrides the settings also with a false or empty value", () => {
    const request = { autoMerge: true, forge: "gitea" as const, endpoint: "https://g/api" }
    const lenient: Settings = {
      ...settings,
      test: false,
      registry: { plainHttp: true },
      gitops: { repo: "https://g/d", path: "prod", pullRequest: request },
    }
    test.each<{ name: string; flags?: Partial<ShipFlags>; set?: string[]; result: object }>([
      {
        name: "--ignore-unfixed=false",
        flags: { ignoreUnfixed: false },
        result: { scan: { rules: { ignoreUnfixed: false } } },
      },
      { name: "scan.maxDbAge=0", set: ["scan.maxDbAge=0"], result: { scan: { rules: { maxDbAge: 0 } } } },
      { name: "test={}", set: ["test={}"], result: { tests: {} } },
      { name: "test.commands", set: ["test.commands=[make test]"], result: { tests: {} } },
      { name: "test.image", set: ["test.image=i"], result: { tests: {} } },
      { name: "test.services", set: ["test.services=[s]"], result: { tests: {} } },
      { name: "test=false after test.image", set: ["test.image=i", "test=false"], result: { tests: "skip" } },
      {
        name: "gitops.pullRequest=false",
        set: ["gitops.pullRequest=false"],
        result: { destination: { proposal: { pullRequest: false, autoMerge: false } } },
      },
      {
        name: "gitops.pullRequest.autoMerge=false",
        set: ["gitops.pullRequest.autoMerge=false"],
        result: { destination: { proposal: { ...request, pullRequest: true, autoMerge: false } } },
      },
      {
        name: "--plain-http=false",
        flags: { registry: { plainHttp: false } },
        result: { destination: { registry: { plainHttp: false } } },
      },
      {
        name: "the settings without any override",
        result: {
          tests: "skip",
          scan: { rules: { ignoreUnfixed: true, maxDbAge: 5 } },
          destination: { proposal: { ...request, pullRequest: true }, registry: { plainHttp: true } },
        },
      },
    ])("$name", ({ flags, set, result }) => {
      const given = parseSettings(stringify(lenient), set)
      expect(merged({ ...NO_FLAGS, ...flags }, given)).toMatchObject(result)
    })
    test("a service whose tests --set enables is tested in its folder", () => {
      const file = "services: { api: { test: false } }\n"
      const api = serviceSettings(parseSettings(file, ["services.api.test.image=i"])).get("api")
      expect(testsOf(NO_FLAGS, api ?? {}).paths).toEqual(["api"])
    })
  })

  describe("the signer comes from the arguments, else from the settings", () => {
    const sign = { kmsKey: "awskms:///alias/ship", identity: "me", issuer: "https://i", rekorUrl: "https://r" }
    const names = { identity: "me", issuer: "https://i", rekorUrl: "https://r" }
    test.each<{ name: string; flags: ShipFlags["signing"]; signing: object }>([
      { name: "the settings' KMS key", flags: {}, signing: { kmsKey: "awskms:///alias/ship" } },
      { name: "another KMS key", flags: { kmsKey: "gcpkms://k" }, signing: { kmsKey: "gcpkms://k" } },
      { name: "a key, without the settings' KMS key", flags: { key: secret }, signing: { key: secret } },
      {
        name: "a token, with the settings' identity",
        flags: { identityToken: secret },
        signing: { identityToken: secret, ...names },
      },
      {
        name: "a token, with another identity",
        flags: { identityToken: secret, identity: "you" },
        signing: { identityToken: secret, ...names, identity: "you" },
      },
    ])("$name", ({ flags, signing }) => {
      const { destination } = merged({ ...NO_FLAGS, signing: flags }, { ...settings, sign })
      expect(destination.signing).toEqual(signing)
    })
    test("for each of several services", () => {
      const registry = { plainHttp: true }
      const api = serviceSettings({ sign, registry, services: { api: {} } }).get("api")
      expect(api).toMatchObject({ sign, registry })
    })
  })

  test.each([
    { name: "comes from the settings", flag: undefined, result: true },
    { name: "comes from the argument, also if it is false", flag: false, result: false },
  ])("plain HTTP to the registry $name", ({ flag, result }) => {
    const flags = { ...NO_FLAGS, registry: { ...(flag !== undefined && { plainHttp: flag }) } }
    const { destination } = merged(flags, { ...settings, registry: { plainHttp: true } })
    expect(destination.registry.plainHttp).toBe(result)
  })

  test("a pull request is rehearsed, even with a destination", () => {
    const ci = ["GITHUB_REF=refs/pull/7/merge"]
    const { destination } = merged({ ...NO_FLAGS, ci, repository: "a.b/c", signing: { key: secret } }, settings)
    expect(destination.repository).toBeUndefined()
  })

  test("a rehearsal has no destination, even if settings and flags name one", () => {
    const { destination } = merged(
      { ...NO_FLAGS, rehearse: true, repository: "a.b/c", signing: { key: secret } },
      settings,
    )
    expect(destination).toEqual({
      gitopsBranch: "live",
      commit: {},
      tags: ["{sha}"],
      registry: { plainHttp: false },
      git: {},
      proposal,
    })
  })

  test("tests and build have the time limits of the settings, else those of their stages", () => {
    const limits = merged(NO_FLAGS, { test: { timeout: 60 }, build: { timeout: 120 } })
    expect(limits).toMatchObject({ tests: { timeout: 60 }, build: { timeout: 120 } })
    const none = merged(NO_FLAGS, {})
    expect([testsOf(NO_FLAGS, {}), none.build].map((one) => "timeout" in one)).toEqual([false, false])
  })

  describe("a bump is proposed instead of pushed", () => {
    const gitops = { repo: "https://g/d", path: "prod" }
    const file = { pullRequest: true, autoMerge: true, forge: "gitea", endpoint: "https://g/api" }
    test.each<{ name: string; flags?: Partial<ShipFlags>; pullRequest?: PullRequest; result: object }>([
      { name: "by the settings", pullRequest: true, result: { pullRequest: true, autoMerge: false } },
      {
        name: "with all options of the settings",
        pullRequest: { autoMerge: true, forge: "gitea", endpoint: "https://g/api" },
        result: file,
      },
      { name: "not if the settings disable it", pullRequest: false, result: { pullRequest: false } },
      {
        name: "with a token for the forge",
        flags: { forgeToken: secret },
        pullRequest: true,
        result: { pullRequest: true, token: secret },
      },
    ])("$name", ({ flags = {}, pullRequest, result }) => {
      const given = { gitops: { ...gitops, ...(pullRequest !== undefined && { pullRequest }) } }
      expect(merged({ ...NO_FLAGS, ...flags }, given).destination.proposal).toMatchObject(result)
    })
  })

  describe("the tests' secrets", () => {
    const [one, other] = [{ one: true }, { other: true }] as unknown as [Secret, Secret]
    const flags: ShipFlags = { ...NO_FLAGS, testSecrets: [one, other], testSecretNames: ["a", "b"] }
    const all = [
      { name: "a", secret: one },
      { name: "b", secret: other },
    ]
    test.each<{ name: string; test?: Settings["test"]; secrets: object[] | undefined }>([
      { name: "are all given ones by default", secrets: all },
      { name: "are those that the settings name", test: { secrets: ["b"] }, secrets: all.slice(1) },
    ])("$name", ({ test, secrets }) => {
      expect(testsOf(flags, { ...(test !== undefined && { test }) }).secrets).toEqual(secrets)
    })
    test("are ignored if nothing is tested", () => {
      expect(merged(flags, { test: false }).tests).toBe("skip")
    })
    test("must include each one that the settings name", () => {
      expect(() => merged(flags, { test: { secrets: ["c"] } })).toThrow(
        'OPTIONS_INVALID: expected --test-secret-names with "c", which test.secrets lists, got a, b.',
      )
    })
  })
})

describe("service flags", () => {
  test("each service has a repository below the given one", () => {
    expect(serviceFlags({ ...NO_FLAGS, repository: "ghcr.io/acme" }, "api").repository).toBe("ghcr.io/acme/api")
  })

  test("a step's advice names the keys of the service", () => {
    const text =
      "Name it with build.dockerfile, and its folder with build.context; name one with build.target, or pass --platforms."
    expect(serviceAdvice(text, "web")).toBe(
      "Name it with services.web.build.dockerfile, and its folder with services.web.build.context; name one with services.web.build.target, or pass --platforms.",
    )
  })

  test("a key that is already the service's, or part of another word, is unchanged", () => {
    const text = "services.web.build.target, test.commands-x and --set build.args.A=1 stay"
    expect(serviceAdvice(text, "web")).toBe(text)
  })

  test("all other flags apply to each service unchanged", () => {
    const flags = { ...NO_FLAGS, platforms: ["linux/amd64"], tags: ["v1"] }
    expect(serviceFlags(flags, "api")).toEqual(flags)
  })

  test("a given image is refused for several services", () => {
    expect(() => serviceFlags({ ...NO_FLAGS, layout: {} as Directory }, "api")).toThrow(
      "OPTIONS_INVALID: expected only arguments that apply to every service in slipway.yaml, got --layout. Omit --layout",
    )
  })
})
