import { basename } from "node:path"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/**
 * The files that take minutes. The order pairs a file with many CLI calls with one that waits for servers: with two files of
 * CLI calls at once, each call takes three times as long.
 */
const LONG = [
  ...["new-user", "ship-killed", "no-secret-anywhere", "moving-base", "init-shapes", "ci-examples", "ship-services"],
  ...["retention-prune", "ship-delivery", "sign-faults", "local-defaults", "ship-tags", "settings-order"],
  ...["ship-layout", "docs", "consumer", "ship-faults", "retention-call", "publish-faults", "sign-release"],
]

/** Runs the slow files first, and the others in vitest's order. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONG.indexOf(basename(moduleId, ".test.ts"))
      return at < 0 ? LONG.length : at
    }
    return sorted.sort((a, b) => place(a) - place(b))
  }
}
