import { relative } from "node:path"
import type { Reporter, TestModule } from "vitest/node"

const SLOW_SECONDS = 20

/**
 * Ends a run's log with the slow files, the failed tests and one summary line, for logs that keep only their end. Fails a run
 * with a skipped test, which proves nothing.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    const failed: string[] = []
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        count[test.result().state] += 1
        if (test.result().state === "failed") failed.push(`failed: ${pathOf(module)} > ${test.fullName}`)
      }
      if (module.errors().length > 0) failed.push(`failed: ${pathOf(module)}`)
    }
    const skipped = count.skipped + count.pending
    const lines = [...slowest(modules), ...failed, `${count.passed} passed, ${count.failed} failed, ${skipped} skipped`]
    console.log(`\n${lines.join("\n")}`)
    if (skipped || !count.passed) process.exitCode = 1
  }
}

function slowest(modules: readonly TestModule[]): string[] {
  return modules
    .map((module) => ({ seconds: Math.round(module.diagnostic().duration / 1000), path: pathOf(module) }))
    .filter(({ seconds }) => seconds >= SLOW_SECONDS)
    .sort((a, b) => b.seconds - a.seconds)
    .map(({ seconds, path }) => `${String(seconds).padStart(5)} s ${path}`)
}

const pathOf = ({ moduleId }: TestModule): string => relative(process.cwd(), moduleId)
