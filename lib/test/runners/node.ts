import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import { quoteWord } from "../command.ts"
import {
  CACHE_DIR,
  type Folder,
  findNodeWorkspace,
  firstText,
  foldersUp,
  hasAny,
  type Membership,
  nearestText,
  type Project,
  REPORT_DIR,
  type Recipe,
  type Runner,
} from "./runner.ts"

const DEFAULT_MAJOR = 24
// Release names that .nvmrc may contain: https://github.com/nodejs/Release
const CODENAMES: Record<string, number> = { hydrogen: 18, iron: 20, jod: 22, krypton: 24 }
/** The script of `npm init` for a project without tests. */
const PLACEHOLDER = "no test specified"

const PackageJson = z.object({
  name: z.string().optional(),
  scripts: z.object({ test: z.string().optional() }).optional(),
  engines: z.object({ node: z.string().optional() }).optional(),
  packageManager: z.string().optional(),
})
type PackageJson = z.infer<typeof PackageJson>

/** The lock file determines the package manager: https://docs.npmjs.com/cli/commands/npm-ci */
export const NODE: Runner = {
  name: "node",
  looksFor: 'package.json with a "test" script',
  reads: [
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "yarn.lock",
    ".yarnrc.yml",
    ".nvmrc",
    ".node-version",
  ],
  plan: planNode,
}

function planNode(project: Project): Recipe | undefined {
  const json = readPackageJson(project.text["package.json"])
  const script = json?.scripts?.test
  if (!json || !script || script.includes(PLACEHOLDER)) return undefined
  const workspace = findNodeWorkspace(project)
  const manager = managerOf(workspace.root)
  if (manager === "bun") return undefined
  return {
    image: `node:${nodeVersion(nodeConstraint(project))}`,
    exclude: ["**/node_modules"],
    ...(workspace.root !== project && { directory: workspace.root.path }),
    ...MANAGERS[manager]({
      ...workspace,
      name: json.name,
      pin: readPackageJson(workspace.root.text["package.json"])?.packageManager,
    }),
  }
}

/** The version of the project, or else of the nearest parent folder with one: version managers look upwards too. */
function nodeConstraint(project: Project): string {
  const versions = foldersUp(project).map(
    (folder) =>
      firstText(folder, ".nvmrc", ".node-version") ?? readPackageJson(folder.text["package.json"])?.engines?.node,
  )
  return versions.find((version) => version?.trim()) ?? ""
}

type Manager = "npm" | "pnpm" | "yarn" | "bun"

/** Selects by the lock file, else by packageManager in package.json, else by a file that only one of them reads. */
function managerOf(root: Folder): Manager {
  const locks: Record<string, Manager> = {
    ...{ "pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "package-lock.json": "npm", "npm-shrinkwrap.json": "npm" },
    ...{ "bun.lock": "bun", "bun.lockb": "bun" },
  }
  const [, locked] = Object.entries(locks).find(([name]) => hasAny(root, name)) ?? []
  if (locked) return locked
  const [, pinned] = readPackageJson(root.text["package.json"])?.packageManager?.match(/^(npm|pnpm|yarn|bun)@/) ?? []
  if (pinned) return pinned as Manager
  if (hasAny(root, "pnpm-workspace.yaml")) return "pnpm"
  if (hasAny(root, ".yarnrc.yml")) return "yarn"
  return hasAny(root, "bunfig.toml") ? "bun" : "npm"
}

/** The folder in which the packages are installed, and the package to test. */
type Place = Membership & { name?: string; pin?: string }
type ManagerPart = Pick<Recipe, "commands" | "env" | "lockFiles">

const MANAGERS: Record<Exclude<Manager, "bun">, (place: Place) => ManagerPart> = { npm, pnpm, yarn }

function npm({ root, member }: Place): ManagerPart {
  const locked = hasAny(root, "package-lock.json", "npm-shrinkwrap.json")
  return {
    commands: [
      locked ? "npm ci" : "npm install",
      member === "." ? "npm test" : `npm test --workspace=${quoteWord(member)}`,
    ],
    env: { npm_config_cache: `${CACHE_DIR}/npm` },
    lockFiles: ["npm-shrinkwrap.json", "package-lock.json", "package.json"],
  }
}

function pnpm({ root, member, pin }: Place): ManagerPart {
  const locked = hasAny(root, "pnpm-lock.yaml")
  return {
    commands: [
      `npm install --global pnpm@${pinnedVersion(pin, "pnpm") ?? "10"}`,
      locked ? "pnpm install --frozen-lockfile" : "pnpm install",
      member === "." ? "pnpm test" : `pnpm --filter ${quoteWord(`./${member}`)} test`,
    ],
    env: { npm_config_cache: `${CACHE_DIR}/npm`, npm_config_store_dir: `${CACHE_DIR}/pnpm` },
    lockFiles: locked ? ["pnpm-lock.yaml"] : ["package.json"],
  }
}

/** The lock file of Yarn 1 names its version; later versions are another program, in another npm package. */
function yarn({ root, member, name, pin }: Place): ManagerPart {
  const version = pinnedVersion(pin, "yarn")
  const lock = root.text["yarn.lock"]
  const classic = lock === undefined ? version?.startsWith("1.") : lock.includes("yarn lockfile v1")
  // --force replaces a Yarn that the image may include.
  const [install, locked] = classic
    ? [`yarn@${version ?? "1"}`, "yarn install --frozen-lockfile --non-interactive"]
    : [`@yarnpkg/cli-dist@${version ?? "4"}`, "yarn install --immutable"]
  const open = classic ? "yarn install --non-interactive" : "yarn install --no-immutable"
  return {
    commands: [
      `npm install --global --force ${install}`,
      lock === undefined ? open : locked,
      member === "." ? "yarn test" : yarnMember(member, name),
    ],
    env: {
      npm_config_cache: `${CACHE_DIR}/npm`,
      YARN_CACHE_FOLDER: `${CACHE_DIR}/yarn`,
      YARN_GLOBAL_FOLDER: `${CACHE_DIR}/yarn`,
    },
    lockFiles: lock === undefined ? ["package.json"] : ["yarn.lock"],
  }
}

/** Yarn addresses a package of the workspace by its name, or by its folder if it has none. */
function yarnMember(member: string, name: string | undefined): string {
  return name ? `yarn workspace ${quoteWord(name)} run test` : `yarn --cwd ${quoteWord(member)} test`
}

/** "pnpm@10.4.1+sha512.…" pins 10.4.1 for pnpm; https://nodejs.org/api/corepack.html */
function pinnedVersion(pin: string | undefined, name: string): string | undefined {
  return pin?.match(new RegExp(`^${name}@(\\d[\\w.-]*)`))?.[1]
}

/** For an open range (">=20") the default, or the nearest version in the range; any other text is exact. */
export function nodeVersion(constraint: string): string {
  const text = constraint.trim().toLowerCase()
  const codename = CODENAMES[text.replace("lts/", "")]
  if (codename) return String(codename)
  const range = text.split("||").at(-1) ?? ""
  const [, open, exact, major] = range.match(/^\s*(>=?)?[~^=v\s]*((\d+)(?:\.\d+\.\d+)?)/) ?? []
  if (!exact || !major) return String(DEFAULT_MAJOR)
  if (open) return String(Math.max(Number(major), Math.min(DEFAULT_MAJOR, highest(range))))
  return /^v?\d+\.\d+\.\d+$/.test(text) ? exact : major
}

function highest(range: string): number {
  const [, inclusive, major] = range.match(/<(=)?\s*v?(\d+)/) ?? []
  if (!major) return Number.POSITIVE_INFINITY
  return inclusive ? Number(major) : Number(major) - 1
}

function readPackageJson(text: string | undefined): PackageJson | undefined {
  return PackageJson.safeParse(parseJson(text ?? "")).data
}

/** The files that `bun test` collects: https://bun.com/docs/test/discovery */
const TEST_FILES = ["**/*.test.*", "**/*_test.*", "**/*.spec.*", "**/*_spec.*"]
const TEST_FILE = /[._](?:test|spec)\.[cm]?[jt]sx?$/

/** For projects with Bun's lock file, which no other package manager reads; Bun's runtime has APIs that Node lacks. */
export const BUN: Runner = {
  name: "bun",
  looksFor: 'package.json and bun.lock, with a "test" script or *.test.ts files',
  reads: ["package.json", "bun.lock", ".bun-version"],
  finds: (entries) => (entries.includes("package.json") ? TEST_FILES : []),
  plan: planBun,
}

function planBun(project: Project): Recipe | undefined {
  const json = readPackageJson(project.text["package.json"])
  const { root, member } = findNodeWorkspace(project)
  if (!json || managerOf(root) !== "bun") return undefined
  const script = json.scripts?.test
  const scripted = script !== undefined && !script.includes(PLACEHOLDER)
  if (!scripted && !(project.below ?? []).some((path) => TEST_FILE.test(path) && !path.includes("node_modules/")))
    return undefined
  const pin = readPackageJson(root.text["package.json"])?.packageManager
  const version = nearestText(project, ".bun-version")?.trim().replace(/^v/, "") || pinnedVersion(pin, "bun") || "1"
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
