import { describe, expect, test } from "vitest"
import { z } from "zod"
import { Settings } from "../../lib/config/settings.ts"
import { type Argument, readPublicApi } from "../public-api.ts"

// A step must not be able to do what ship cannot: each of its arguments is a setting, an argument of ship, or has a reason.

type Way = { setting: string } | { flag: string } | { because: string }
type Step = { group?: string; name: string; ways: Record<string, Way> }

const setting = (path: string): Way => ({ setting: path })
const flag = (name: string): Way => ({ flag: name })
const because = (reason: string): Way => ({ because: reason })

const OWN_SOURCE = flag("source")
const OVERRIDES = flag("set")
const SERVICE = because("ship ships every service of the file")
const LAYOUT = because("ship hands over the image that it has built, or --layout")
const REF = because("ship hands over the digest that it has published")

const VERIFIED = because("ship bumps only the digest that it has signed and verified")

const BUILD = {
  source: OWN_SOURCE,
  platforms: flag("platforms"),
  secrets: flag("buildSecrets"),
  secretIds: flag("buildSecretIds"),
  ssh: flag("ssh"),
  service: SERVICE,
  set: OVERRIDES,
}
const SCAN = {
  layout: LAYOUT,
  severity: flag("severity"),
  ignoreUnfixed: flag("ignoreUnfixed"),
  exceptions: flag("exceptions"),
  vex: setting("scan.vex"),
  pkgTypes: setting("scan.pkgTypes"),
  scanners: setting("scan.scanners"),
  failOnEndOfLife: setting("scan.failOn.endOfLife"),
  maxDbAge: setting("scan.maxDbAge"),
  dbRepositories: setting("scan.dbRepositories"),
  scanner: setting("scan.scanner"),
  timeout: setting("scan.timeout"),
}
const TEST = {
  source: OWN_SOURCE,
  testImage: setting("test.image"),
  commands: setting("test.commands"),
  secrets: flag("testSecrets"),
  secretNames: flag("testSecretNames"),
  service: SERVICE,
  set: OVERRIDES,
}

const STEPS: Step[] = [
  {
    name: "test",
    ways: {
      ...TEST,
      paths: setting("test.paths"),
      runners: setting("test.runners"),
      dockerfile: setting("test.dockerfile"),
      target: setting("test.target"),
      services: setting("test.services"),
      variables: setting("test.variables"),
      reports: setting("test.reports"),
      timeout: setting("test.timeout"),
    },
  },
  { name: "testRun", ways: { ...TEST, cache: flag("cache"), ci: flag("ci") } },
  {
    name: "buildMultiArch",
    ways: {
      ...BUILD,
      dockerfile: setting("build.dockerfile"),
      context: setting("build.context"),
      target: setting("build.target"),
      buildArgs: setting("build.args"),
      labels: setting("build.labels"),
      annotations: setting("build.annotations"),
      keepGitDir: setting("build.keepGitDir"),
      reproducible: setting("build.reproducible"),
      timeout: setting("build.timeout"),
    },
  },
  { name: "image", ways: { ...BUILD, cache: flag("cache"), ci: flag("ci") } },
  { name: "trivyScan", ways: SCAN },
  { name: "scan", ways: { ...SCAN, name: because("the reports of ship name the repository") } },
  {
    name: "smoke",
    ways: {
      layout: LAYOUT,
      source: OWN_SOURCE,
      service: SERVICE,
      command: setting("smoke.command"),
      port: setting("smoke.port"),
      path: setting("smoke.path"),
      status: setting("smoke.status"),
      env: setting("smoke.env"),
      services: setting("smoke.services"),
      platforms: setting("smoke.platforms"),
      seconds: setting("smoke.seconds"),
      set: OVERRIDES,
    },
  },
  { name: "publish", ways: { layout: LAYOUT, repository: flag("repository") } },
  // LEGACY alone is no setting: ship verifies a release by its bundles
  { name: "cosignSign", ways: { ref: REF, format: setting("sign.format"), ci: flag("ci") } },
  {
    group: "Signature",
    name: "attest",
    ways: {
      ref: REF,
      predicate: setting("sign.attestations[].path"),
      predicateType: setting("sign.attestations[].type"),
      ci: flag("ci"),
    },
  },
  { name: "chart", ways: { source: OWN_SOURCE, ref: REF, service: SERVICE, set: OVERRIDES, ci: flag("ci") } },
  {
    name: "bumpGitops",
    ways: {
      ref: REF,
      repo: setting("gitops.repo"),
      path: setting("gitops.path"),
      imageName: setting("gitops.imageName"),
      branch: setting("gitops.branch"),
      tag: setting("gitops.tag"),
      edits: setting("gitops.edits"),
      kustomizeOptions: setting("gitops.kustomizeOptions"),
      message: setting("gitops.message"),
      authorName: setting("gitops.authorName"),
      authorEmail: setting("gitops.authorEmail"),
      signOff: setting("gitops.signOff"),
      sourceRepository: because("ship reads the source's remote"),
      sourceRevision: because("ship reads the source's commit"),
      sourceOrder: because("ship reads the commit's time"),
      pipeline: flag("ci"),
      timeout: setting("gitops.timeout"),
      dryRun: because("plan shows the diff and pushes nothing"),
      pullRequest: setting("gitops.pullRequest"),
      autoMerge: setting("gitops.pullRequest.autoMerge"),
      forge: setting("gitops.forge"),
      forgeEndpoint: setting("gitops.pullRequest.endpoint"),
      publicKey: setting("sign.publicKey"),
      identityPattern: VERIFIED,
      issuerPattern: VERIFIED,
      signedRepository: VERIFIED,
      signatureOnly: VERIFIED,
      unverified: VERIFIED,
    },
  },
]

const api = readPublicApi()
const argumentsOf = ({ group, name }: Pick<Step, "group" | "name">): Record<string, Argument> => {
  const methods = group ? api.objects.find((object) => object.name === group)?.methods : api.methods
  const method = methods?.find((one) => one.name === name)
  if (!method) throw new Error(`the module has no ${name}`)
  return method.arguments
}
const ship = Object.keys(argumentsOf({ name: "ship" }))
const keys = settingPaths(z.toJSONSchema(Settings) as Schema)

describe.each(STEPS)("ship can do what $name can:", ({ group, name, ways }) => {
  test("every argument is in the table, and no other", () => {
    expect(Object.keys(ways).toSorted()).toEqual(Object.keys(argumentsOf({ group, name })).toSorted())
  })
  test.each(Object.entries(ways))("by --%s", (_argument, way) => {
    if ("because" in way) expect(way.because).not.toBe("")
    else if ("flag" in way) expect(ship).toContain(way.flag)
    else expect(keys).toContain(way.setting)
  })
})

test("the table has every step of the chain", () => {
  const others = "bases gateSarif scanDeployed deployedScan plan ship release init imageLayout".split(" ")
  const known = STEPS.flatMap(({ group, name }) => (group ? [] : [name]))
  expect(api.methods.map(({ name }) => name).toSorted()).toEqual([...known, ...others].toSorted())
})

type Schema = { properties?: Record<string, Schema>; items?: Schema; anyOf?: Schema[] }

/** The paths of all keys, as --set takes them; [] stands for each element of a list. */
function settingPaths(schema: Schema, path = ""): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const at = path ? `${path}.${key}` : key
    return [at, ...settingPaths(value, at)]
  })
  const elements = schema.items ? settingPaths(schema.items, `${path}[]`) : []
  return [...own, ...elements, ...(schema.anyOf ?? []).flatMap((choice) => settingPaths(choice, path))]
}
