import { basename } from "node:path"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/**
 * The files that take minutes. The order pairs a file with many CLI calls with one that waits for servers: with two files of
 * CLI calls at once, each call takes three times as long.
 */
const LONG = [
  ...["ship-killed", "no-secret-anywhere", "ship-engines", "new-user-samples", "ci-jobs", "init-more-shapes"],
  ...["ship-services", "moving-base", "new-user", "docs", "consumer-modules", "sign-faults", "local-defaults"],
  ...["retention-prune", "ship-delivery", "init-shapes", "ship-tags", "sdk-runtime", "ship-sync", "settings-order"],
  ...["ship-layout", "ci-examples", "ship-faults", "retention-call", "publish-faults", "sign-release"],
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
