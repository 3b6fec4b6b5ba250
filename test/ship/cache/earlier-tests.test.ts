import type { Directory } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { findTests } from "../../../lib/ship/cache/earlier-tests.ts"
import type { RunResults } from "../../../lib/ship/cache/run-results.ts"
import type { Context } from "../../../lib/ship/context.ts"
import type { HeadStart } from "../../../lib/ship/source-image.ts"
import type { TestResults } from "../../../lib/test/outcome.ts"

/** A run whose results note what is asked of them. */
function contextWith(tests: object | "skip", { service, kept = true }: { service?: string; kept?: boolean } = {}) {
  const calls: string[] = []
  const results = {
    find: async (_: object, label: string) => void calls.push(`find ${label}`),
    skip: (label: string, reason: string) => calls.push(`skip ${label}: ${reason}`),
    keep: (_: object, label: string) => calls.push(`keep ${label}`),
  }
  const context = { options: { tests, service }, ...(kept && { results: results as unknown as RunResults }) }
  return { context: context as unknown as Context, calls }
}

const passed: TestResults = { status: "passed", runners: [], services: [], report: {} as Directory }
const ahead = (plans: Promise<never[]>) =>
  ({ image: { kind: "source", revision: Promise.resolve(undefined) }, plans }) as unknown as HeadStart
const broken = () => {
  const plans = Promise.reject(new Error("unreadable"))
  plans.catch(() => {})
  return ahead(plans as Promise<never[]>)
}

test.each([
  { name: "without tests", tests: "skip" as const, calls: [] },
  { name: "where no results are kept", tests: {}, kept: false, calls: [] },
  {
    name: "of tests with services",
    tests: { services: ["db=postgres:17"] },
    calls: ["skip test: the tests use services"],
  },
  {
    name: "of tests with secrets, which names their service",
    tests: { secrets: [{ name: "token" }] },
    service: "api",
    calls: ["skip api test: the tests use secrets"],
  },
  { name: "of a source that cannot be read", tests: {}, calls: ["skip test: unreadable"] },
])("looks for no result $name, and keeps none", async ({ tests, calls, ...more }) => {
  const { context, calls: made } = contextWith(tests, more)
  const earlier = await findTests({} as Directory, broken(), context)
  earlier.keep(passed)
  expect({ outcome: earlier.outcome, made }).toEqual({ outcome: undefined, made: calls })
})
