import type { Reporter, TestModule } from "vitest/node"

/** Prints one plain closing line, and makes a run red in which any test was skipped: a skipped test proves nothing. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    for (const module of modules) for (const test of module.children.allTests()) count[test.result().state] += 1
    const skipped = count.skipped + count.pending
    console.log(`\n${count.passed} passed, ${count.failed} failed, ${skipped} skipped`)
    if (skipped || !count.passed) process.exitCode = 1
  }
}
