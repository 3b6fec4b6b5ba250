import { describe, expect, test } from "vitest"
import type { BumpTrailers, SourceRevision } from "../../lib/gitops/commit-message.ts"
import { deploymentsOf, environmentsOf } from "../../lib/gitops/deployment-history.ts"
import type { LoggedCommit } from "../../lib/gitops/git/output.ts"
import { digestOf, parseDigestRef } from "../../lib/oci/reference.ts"

const NOW = 1_780_000_000
const [HOUR, DAY] = [3600, 86_400]
const ref = (build: string) => parseDigestRef(`ghcr.io/acme/web@${digestOf(build)}`)

type Written = { ago: number; build: string; kind?: BumpTrailers["kind"]; path?: string; source?: SourceRevision }

/** A bump's commit, so many seconds ago. */
function bump({ ago, build, kind = "bump", path = "prod", source = {} }: Written): LoggedCommit {
  return {
    ...{ commit: build.repeat(40).slice(0, 40), time: NOW - ago, author: "slipway", message: "m" },
    trailers: { kind, bumps: [{ path, image: "web", ref: ref(build) }], source },
  }
}
const other: LoggedCommit = {
  ...{ commit: "f".repeat(40), time: NOW - 1, author: "a person", message: "edit" },
  trailers: { kind: "bump", bumps: [], source: {} },
}

test("previews are no environments, unless one is named", () => {
  const log = [bump({ ago: HOUR, build: "a", kind: "preview", path: "previews/pr-7" }), bump({ ago: DAY, build: "b" })]
  const paths = (path?: string) => environmentsOf("main", log, { days: 0, now: NOW, path }).map((one) => one.path)
  expect(paths()).toEqual(["prod"])
  expect(paths("previews/pr-7")).toEqual(["previews/pr-7"])
})

describe("deployments of an environment", () => {
  test.each([
    { name: "a bump with its source's time", written: { source: { order: NOW - 3 * HOUR } }, lead: 2 * HOUR },
    { name: "a promotion", written: { kind: "promotion" as const, source: { order: NOW - 3 * HOUR } }, lead: 2 * HOUR },
    { name: "a source newer than the commit, by another clock", written: { source: { order: NOW } }, lead: 0 },
    { name: "a build number as order", written: { source: { order: 17 } }, lead: undefined },
    { name: "no source", written: {}, lead: undefined },
    {
      name: "a refresh, which brings no change of the source",
      written: { source: { order: NOW - 3 * HOUR, refresh: NOW - 2 * HOUR } },
      lead: undefined,
    },
    {
      name: "a rollback, whose order is that of what it took back",
      written: { kind: "rollback" as const, source: { order: NOW - 3 * HOUR } },
      lead: undefined,
    },
  ])("have the lead time of $name", ({ written, lead }) => {
    const [deployment] = deploymentsOf([bump({ ago: HOUR, build: "a", ...written })], { path: "prod", image: "web" })
    expect(deployment?.lead).toBe(lead)
  })

  test("count a change of the digest alone, and time a rollback from what it took back", () => {
    const log = [
      other,
      bump({ ago: 1 * HOUR, build: "a", kind: "rollback" }),
      bump({ ago: 2 * HOUR, build: "b" }),
      bump({ ago: 3 * HOUR, build: "b" }),
      bump({ ago: 4 * HOUR, build: "c", path: "staging" }),
      bump({ ago: 5 * HOUR, build: "a" }),
    ]
    const found = deploymentsOf(log, { path: "prod", image: "web" })
    expect(found.map(({ kind, ref, time, restored }) => ({ kind, ref, ago: NOW - time, restored }))).toEqual([
      { kind: "rollback", ref: ref("a"), ago: 1 * HOUR, restored: 2 * HOUR },
      { kind: "bump", ref: ref("b"), ago: 3 * HOUR, restored: undefined },
      { kind: "bump", ref: ref("a"), ago: 5 * HOUR, restored: undefined },
    ])
  })
})

describe("figures of an environment", () => {
  const log = [
    bump({ ago: 1 * DAY, build: "d", source: { order: NOW - 1 * DAY - 1 * HOUR } }),
    bump({ ago: 2 * DAY, build: "b", kind: "rollback" }),
    bump({ ago: 2 * DAY + HOUR, build: "c", source: { order: NOW - 2 * DAY - 4 * HOUR } }),
    bump({ ago: 20 * DAY, build: "b", source: { order: NOW - 20 * DAY - 9 * HOUR } }),
    bump({ ago: 28 * DAY, build: "a" }),
  ]

  test.each([
    {
      name: "in a window",
      days: 7,
      figures: { days: 7, deployed: 2, rolledBack: 1, perWeek: 2, lead: 2 * HOUR, failureRate: 0.5 },
    },
    {
      name: "in the whole history, which begins with the first deployment",
      days: 0,
      figures: { days: 28, deployed: 4, rolledBack: 1, perWeek: 1, lead: 3 * HOUR, failureRate: 0.25 },
    },
  ])("are counted $name", ({ days, figures }) => {
    const [environment] = environmentsOf("main", log, { days, now: NOW })
    expect(environment).toMatchObject({ branch: "main", path: "prod", image: "web", restored: HOUR, ...figures })
  })

  test("are absent without a base: a rollback of what was deployed before the window", () => {
    const taken = [bump({ ago: HOUR, build: "a", kind: "rollback" }), bump({ ago: 9 * DAY, build: "b" })]
    const [environment] = environmentsOf("main", taken, { days: 7, now: NOW })
    expect(environment).toMatchObject({ deployed: 0, rolledBack: 1, perWeek: 0, restored: 9 * DAY - HOUR })
    expect(environment).not.toHaveProperty("lead")
    expect(environment).not.toHaveProperty("failureRate")
  })

  test.each([
    { name: "nothing in the window", filter: { days: 1 }, log: [bump({ ago: 2 * DAY, build: "a" })], paths: [] },
    { name: "a path", filter: { days: 0, path: "staging" }, paths: ["staging"] },
    { name: "another image", filter: { days: 0, image: "api" }, paths: [] },
    { name: "no filter, the latest first", filter: { days: 0 }, paths: ["staging", "prod"] },
  ])("are of the environments with $name", ({ filter, log: own, paths }) => {
    const all = own ?? [bump({ ago: 1, build: "e", path: "staging" }), ...log]
    expect(environmentsOf("main", all, { ...filter, now: NOW }).map(({ path }) => path)).toEqual(paths)
  })
})
