import { describe } from "vitest"

/** Tests that run sequentially, and concurrently with the file's other lanes. */
export function lane(name: string, tests: () => void): void {
  describe(name, { concurrent: true }, () => {
    describe("in turn", { concurrent: false }, tests)
  })
}
