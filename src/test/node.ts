import { z } from "zod"
import { firstText, hasAny, type Project } from "./project.ts"
import { CACHE_DIR, type Recipe, type Runner } from "./runner.ts"

const DEFAULT_MAJOR = 24
// https://github.com/nodejs/Release: names that .nvmrc may hold.
const CODENAMES: Record<string, number> = { hydrogen: 18, iron: 20, jod: 22, krypton: 24 }
/** What `npm init` writes: a project that has no tests. */
const PLACEHOLDER = "no test specified"

const PackageJson = z.object({
  scripts: z.object({ test: z.string().optional() }).optional(),
  engines: z.object({ node: z.string().optional() }).optional(),
  packageManager: z.string().optional(),
})
type PackageJson = z.infer<typeof PackageJson>

/** The lock file says which package manager; https://docs.npmjs.com/cli/commands/npm-ci */
export const NODE: Runner = {
  name: "node",
  looksFor: 'package.json with a "test" script',
  reads: [
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    ".nvmrc",
    ".node-version",
  ],
  plan,
}

function plan(project: Project): Recipe | undefined {
  const json = readPackageJson(project.text["package.json"])
  const script = json?.scripts?.test
  if (!json || !script || script.includes(PLACEHOLDER)) return undefined
  const wanted = firstText(project, ".nvmrc", ".node-version") ?? json.engines?.node ?? ""
  return {
    image: `node:${nodeVersion(wanted)}`,
    exclude: ["**/node_modules"],
    ...packageManager(project, json),
  }
}

type ManagerPart = Pick<Recipe, "commands" | "env" | "lockFiles">

function packageManager(project: Project, { packageManager: pin }: PackageJson): ManagerPart {
  if (hasAny(project, "pnpm-lock.yaml")) {
    return {
      commands: [
        `npm install --global pnpm@${pinned(pin, "pnpm") ?? "10"}`,
        "pnpm install --frozen-lockfile",
        "pnpm test",
      ],
      env: { npm_config_cache: `${CACHE_DIR}/npm`, npm_config_store_dir: `${CACHE_DIR}/pnpm` },
      lockFiles: ["pnpm-lock.yaml"],
    }
  }
  if (hasAny(project, "yarn.lock")) return yarn(project, pin)
  const locked = hasAny(project, "package-lock.json", "npm-shrinkwrap.json")
  return {
    commands: [locked ? "npm ci" : "npm install", "npm test"],
    env: { npm_config_cache: `${CACHE_DIR}/npm` },
    lockFiles: ["npm-shrinkwrap.json", "package-lock.json", "package.json"],
  }
}

/** Yarn 1 says so in its lock file; later ones are another program, which npm has under another name. */
function yarn(project: Project, pin?: string): ManagerPart {
  const classic = project.text["yarn.lock"]?.includes("yarn lockfile v1")
  const version = pinned(pin, "yarn")
  // The image may have a Yarn already, which --force replaces.
  const [install, locked] = classic
    ? [`yarn@${version ?? "1"}`, "yarn install --frozen-lockfile --non-interactive"]
    : [`@yarnpkg/cli-dist@${version ?? "4"}`, "yarn install --immutable"]
  return {
    commands: [`npm install --global --force ${install}`, locked, "yarn test"],
    env: {
      npm_config_cache: `${CACHE_DIR}/npm`,
      YARN_CACHE_FOLDER: `${CACHE_DIR}/yarn`,
      YARN_GLOBAL_FOLDER: `${CACHE_DIR}/yarn`,
    },
    lockFiles: ["yarn.lock"],
  }
}

/** "pnpm@10.4.1+sha512.…" pins 10.4.1 for pnpm; https://nodejs.org/api/corepack.html */
function pinned(pin: string | undefined, name: string): string | undefined {
  return pin?.match(new RegExp(`^${name}@(\\d[\\w.-]*)`))?.[1]
}

/** Of an open range (">=20") the default, or what is nearest to it: a project says so to mean "any that is supported". */
export function nodeVersion(wanted: string): string {
  const text = wanted.trim().toLowerCase()
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
  try {
    return PackageJson.safeParse(JSON.parse(text ?? "")).data
  } catch {
    return undefined
  }
}
