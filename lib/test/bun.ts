import { managerOf, PLACEHOLDER, pinned, readPackageJson } from "./node.ts"
import { firstText, hasAny, nearestText, type Project } from "./project.ts"
import { CACHE_DIR, REPORT_DIR, type Recipe, type Runner } from "./runner.ts"
import { quoteWord } from "./words.ts"
import { findNodeWorkspace } from "./workspace.ts"

/** What `bun test` collects: https://bun.com/docs/test/discovery */
const TEST_FILES = ["**/*.test.*", "**/*_test.*", "**/*.spec.*", "**/*_spec.*"]
const TEST_FILE = /[._](?:test|spec)\.[cm]?[jt]sx?$/

/** Where Bun's is the lock file: its runtime has APIs that Node lacks, and its lock file no other package manager reads. */
export const BUN: Runner = {
  name: "bun",
  looksFor: 'package.json beside a bun.lock, with a "test" script or *.test.ts files',
  reads: ["package.json", "bun.lock", ".bun-version"],
  finds: (entries) => (entries.includes("package.json") ? TEST_FILES : []),
  plan,
}

function plan(project: Project): Recipe | undefined {
  const json = readPackageJson(project.text["package.json"])
  const { root, member } = findNodeWorkspace(project)
  if (!json || managerOf(root) !== "bun") return undefined
  const script = json.scripts?.test
  const scripted = script !== undefined && !script.includes(PLACEHOLDER)
  if (!scripted && !(project.below ?? []).some((path) => TEST_FILE.test(path) && !path.includes("node_modules/")))
    return undefined
  const pin = readPackageJson(root.text["package.json"])?.packageManager
  const version = nearestText(project, ".bun-version")?.trim().replace(/^v/, "") || pinned(pin, "bun") || "1"
  const place = member === "." ? "" : ` --cwd=${quoteWord(member)}`
  const locked = hasAny(root, "bun.lock", "bun.lockb")
  return {
    image: `oven/bun:${version}`,
    exclude: ["**/node_modules"],
    ...(root !== project && { directory: root.path }),
    commands: [
      locked ? "bun install --frozen-lockfile" : "bun install",
      scripted
        ? `bun run${place} test`
        : `bun${place} test --reporter=junit --reporter-outfile=${REPORT_DIR}/junit.xml`,
    ],
    env: { BUN_INSTALL_CACHE_DIR: `${CACHE_DIR}/bun` },
    lockFiles: firstText(root, "bun.lock") === undefined ? ["package.json"] : ["bun.lock"],
  }
}
