import type { Secret } from "@dagger.io/dagger"
import { Scanner, Severity } from "../../../src/enums.ts"
import type { BuildOptions } from "../../build/docker-build.ts"
import type { ServiceSettings } from "../../config/services.ts"
import { assignmentList } from "../../config/settings.ts"
import type { GateRules } from "../../scan/assessment.ts"
import { SMOKE_SECONDS, type SmokeOptions } from "../../smoke/plan.ts"
import type { TestOptions } from "../../test/suite.ts"

/** Longest scan of one platform, in seconds. */
const SCAN_SECONDS = 300

/** The arguments about tests. The settings replace what is omitted or an empty list. */
export type TestFlags = Omit<TestOptions, "secrets">

/** Test options, for ship and for `test`: the argument, else the setting, else the stage's default. */
export function mergeTest(flags: TestFlags, { test, build, path }: ServiceSettings): TestFlags {
  const file: NonNullable<Exclude<ServiceSettings["test"], false>> = test || {
    ...(path !== undefined && { paths: [path] }),
  }
  return {
    image: flags.image ?? file.image,
    commands: either(flags.commands, file.commands),
    services: either(flags.services, file.services),
    buildArgs: either(flags.buildArgs, assignmentList(build?.args)),
    ...kept({
      paths: listed(flags.paths) ?? file.paths,
      runners: listed(flags.runners) ?? file.runners,
      dockerfile: flags.dockerfile ?? file.dockerfile,
      target: flags.target ?? file.target,
      variables: listed(flags.variables) ?? assignmentList(file.variables),
      reports: listed(flags.reports) ?? file.reports,
      timeout: flags.timeout ?? file.timeout,
    }),
  }
}

export type BuildFlags = Omit<BuildOptions, "gitImage" | "nodeImage"> & { secrets: Secret[]; secretIds: string[] }

/** Build options, by the same rule. */
export function mergeBuild(flags: BuildFlags, { platforms, build }: ServiceSettings): BuildOptions {
  const { secrets, secretIds } = flags
  return {
    dockerfile: flags.dockerfile ?? build?.dockerfile,
    context: flags.context ?? build?.context,
    target: flags.target ?? build?.target,
    buildArgs: either(flags.buildArgs, assignmentList(build?.args)),
    labels: either(flags.labels, assignmentList(build?.labels)),
    annotations: either(flags.annotations, assignmentList(build?.annotations)),
    secrets,
    secretIds,
    ...kept({
      platforms: listed(flags.platforms) ?? listed(platforms),
      keepGitDir: flags.keepGitDir ?? build?.keepGitDir,
      reproducible: flags.reproducible ?? build?.reproducible,
      ssh: flags.ssh,
      timeout: flags.timeout ?? build?.timeout,
    }),
  }
}

export type ScanFlags = Partial<Omit<GateRules, "threshold">> & {
  severity?: Severity
  scanner?: Scanner
  dbRepositories?: string[]
  timeout?: number
}

export type ScanChoice = { scanner: Scanner; rules: GateRules; dbRepositories: string[]; timeout: number }

/** Scan options, by the same rule. */
export function mergeScan(flags: ScanFlags, { scan }: Pick<ServiceSettings, "scan">): ScanChoice {
  return {
    scanner: flags.scanner ?? Scanner[scan?.scanner ?? "TRIVY"],
    rules: {
      threshold: flags.severity ?? Severity[scan?.failOn?.severity ?? "HIGH"],
      ignoreUnfixed: flags.ignoreUnfixed ?? scan?.failOn?.fixed ?? false,
      failOnEndOfLife: flags.failOnEndOfLife ?? scan?.failOn?.endOfLife ?? false,
      ...(scan?.failOn?.new && { onlyNew: true }),
      ...riskRules(scan),
      maxDbAge: flags.maxDbAge ?? scan?.maxDbAge ?? 0,
      pkgTypes: listed(flags.pkgTypes) ?? scan?.pkgTypes ?? ["os", "library"],
      scanners: listed(flags.scanners) ?? scan?.scanners ?? ["vuln", "secret"],
    },
    dbRepositories: either(flags.dbRepositories, scan?.dbRepositories),
    timeout: flags.timeout ?? scan?.timeout ?? SCAN_SECONDS,
  }
}

/** Rules that have no argument, because they are a policy rather than a choice of one run. */
function riskRules({ failOn = {}, licenses }: NonNullable<ServiceSettings["scan"]> = {}): Partial<GateRules> {
  const { kev, epss } = failOn
  const policy =
    licenses?.allow || licenses?.deny ? { allow: licenses.allow ?? [], deny: licenses.deny ?? [] } : undefined
  return kept({ kev, epss, licenses: policy })
}

export type SmokeFlags = Partial<Omit<SmokeOptions, "configured">>

/** How the image is started, by the same rule. `smoke: false` is for ship; a step that is called starts the image. */
export function mergeSmoke(flags: SmokeFlags, { smoke }: Pick<ServiceSettings, "smoke">): SmokeOptions {
  const file: NonNullable<Exclude<ServiceSettings["smoke"], false>> = smoke || {}
  const { status = [] } = file
  const isGiven = Object.values(flags).some((value) => (Array.isArray(value) ? value.length > 0 : value !== undefined))
  return {
    configured: smoke !== undefined || isGiven,
    ...kept({
      command: flags.command ?? file.command,
      port: flags.port ?? file.port,
      path: flags.path ?? file.path,
    }),
    status: listed(flags.status) ?? [status].flat(),
    env: either(flags.env, assignmentList(file.env)),
    services: either(flags.services, file.services),
    platforms: either(flags.platforms, file.platforms),
    seconds: flags.seconds ?? file.seconds ?? SMOKE_SECONDS,
  }
}

/** A list in the arguments replaces that of the settings; adding them would leave no way to remove an item. */
export function either(flag: string[] | undefined, setting?: string[]): string[] {
  return listed(flag) ?? setting ?? []
}

function listed<Item>(list?: Item[]): Item[] | undefined {
  return list?.length ? list : undefined
}

/** Removes undefined fields, so that spreading the result overrides nothing. */
export function kept<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}
