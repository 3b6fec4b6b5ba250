import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { FAREWELL_ENV } from "./farewell.ts"
import LongestFirst from "./sequencer.ts"

// `unit` needs nothing but Node and ends in seconds; all of `e2e*` needs a live engine (test/engine/up).
const OWN_ENGINE = ["no-secret-anywhere", "ship-killed"].map((name) => `test/e2e/${name}.test.ts`)
/** Stand-ins for modules: in a process with other files, these would see them too. */
const OWN_MODULES = ["test/ship/resume.test.ts"]
const END_TO_END = {
  // the first call on an empty engine builds its SDK and downloads every toolchain
  testTimeout: 900_000,
  hookTimeout: 900_000,
  maxWorkers: 2,
  env: FAREWELL_ENV,
}

/**
 * The SDK ends its `dagger session` with SIGTERM and does not look at how it ends. On a busy machine the engine closes the
 * session's services later than the CLI waits: that says nothing of a test, all of which have ended by then.
 */
function isLateFarewell(error: object): boolean {
  const stderr = "stderr" in error && error.stderr
  return typeof stderr === "string" && /cleanup failed: "close dagger session": .*deadline exceeded\s*$/.test(stderr)
}

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("..", import.meta.url)),
    globalSetup: "./test/temporary-folder.ts",
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
          // none leaves anything behind, and nearly all of the time was each file's importing the same modules
          isolate: false,
          // an engine may be building beside them, on the same two cores
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
          exclude: OWN_ENGINE,
          // as above: each has a session of its own all the same
          isolate: false,
        },
      },
      // what names another engine for its process, or stands in for a module
      { extends: true, test: { ...END_TO_END, name: "e2e-own-engine", include: OWN_ENGINE } },
    ],
  },
})
