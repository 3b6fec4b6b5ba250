import { basename } from "node:path"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** The files that take minutes, longest first: begun last, one of them alone would keep everybody waiting at the end. */
const LONG = ["ship-killed", "new-user", "no-secret-anywhere", "ci-examples", "ship-delivery", "retention-prune"]

/** What takes long first, and the rest as vitest would have it. */
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
