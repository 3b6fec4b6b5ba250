import { describe } from "vitest"

/** Tests that run one after the other, beside the other lanes of the file: most of their time is waiting. */
export function lane(name: string, tests: () => void): void {
  describe(name, { concurrent: true }, () => {
    describe("in turn", { concurrent: false }, tests)
  })
}
