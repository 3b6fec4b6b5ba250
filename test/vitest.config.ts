import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { IF_BUILT, LONG, ON_TWO_REGISTRIES, pathOf } from "./e2e-files.ts"
import { FAREWELL_ENV } from "./farewell.ts"
import LongestFirst from "./sequencer.ts"

// `unit` needs only Node and ends in seconds; `e2e` and `long` need an engine (test/engine/up)
const LONG_FILES = Object.keys({ ...LONG, ...IF_BUILT }).map(pathOf)
/** What test/all leaves out. */
const NOT_BUILT = (process.env["SLIPWAY_TEST_NOT_BUILT"] ?? "").split(" ").filter((name) => name !== "")
/** Tests that mock modules, or set what a module reads when it is loaded: other files in the same process share its modules. */
const OWN_MODULES = ["test/engine/process.test.ts", "test/ship/resume.test.ts"]
const END_TO_END = {
  // the first call on an empty engine builds its SDK and downloads every toolchain
  testTimeout: 900_000,
  hookTimeout: 900_000,
  maxWorkers: 2,
  env: FAREWELL_ENV,
  setupFiles: "./test/e2e/parts-built.ts",
}

/**
 * The SDK stops its `dagger session` with SIGTERM and ignores its exit code. On a busy machine, the engine may close the
 * session's services after the CLI's time limit, when all tests have ended.
 */
function isLateFarewell(error: object): boolean {
  const stderr = "stderr" in error && error.stderr
  return typeof stderr === "string" && /cleanup failed: "close dagger session": .*deadline exceeded\s*$/.test(stderr)
}

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("..", import.meta.url)),
    globalSetup: "./test/temporary-folder.ts",
    setupFiles: "./test/no-vacuous-throw.ts",
    reporters: ["default", "./test/reporter.ts"],
    onUnhandledError: (error) => !isLateFarewell(error),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**", ...OWN_MODULES],
          // the tests share no state, and without isolation each file does not import the same modules again
          isolate: false,
          // an engine may use the same cores
          testTimeout: 60_000,
        },
      },
      { extends: true, test: { name: "unit-own-modules", include: OWN_MODULES } },
      {
        extends: true,
        test: {
          ...END_TO_END,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: LONG_FILES,
          // as above; each file has a separate session
          isolate: false,
        },
      },
      // isolated, because they use another engine in their process, or mock a module
      {
        extends: true,
        test: {
          ...END_TO_END,
          name: "long",
          include: [...LONG_FILES, ...ON_TWO_REGISTRIES.map(pathOf)],
          exclude: NOT_BUILT.map(pathOf),
          env: { ...FAREWELL_ENV, SLIPWAY_TEST_LONG: "yes" },
        },
      },
    ],
  },
})
