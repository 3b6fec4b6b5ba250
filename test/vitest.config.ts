import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import LongestFirst from "./sequencer.ts"

// Two projects: `unit` needs nothing but Node and ends in seconds; `e2e` needs a live engine (test/engine/up).
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("..", import.meta.url)),
    globalSetup: "./test/temporary-folder.ts",
    reporters: ["default", "./test/reporter.ts"],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          // none leaves anything behind, and nearly all of the time was each file's importing the same modules
          isolate: false,
          // an engine may be building beside them, on the same two cores
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // the first call on an empty engine builds its SDK and downloads every toolchain
          testTimeout: 900_000,
          hookTimeout: 900_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
