import type { Directory } from "@dagger.io/dagger"
import type { Revision } from "../config/revision.ts"
import { digestOf } from "../oci/reference.ts"
import { parametersOf } from "./attestation.ts"
import type { ShipOptions } from "./context.ts"

/**
 * One digest over everything that decides the result of a release: the commit, the options of test, build, scan and smoke, and the
 * tools. It leaves out secrets and logins, and also tags and overlays, which do not change the image. `given` is the digest
 * of an image that is not built here.
 */
export function inputsDigest(
  options: ShipOptions,
  { revision, given, ...texts }: { revision: Revision; given?: string } & InputTexts,
): string {
  const { commit, refresh } = revision
  return digestOver({ commit, ...(given && { given }), ...(refresh && { bases: refresh.bases }) }, options, texts)
}

/** Like inputsDigest, but over a service's files instead of the commit, so that other services' changes do not count. */
export function contentDigest(options: ShipOptions, { files, ...texts }: { files: string[] } & InputTexts): string {
  return digestOver({ files }, options, texts)
}

/** The files that decide which findings count, and what is attested, as text. */
type InputTexts = { exceptions?: string; vex?: string[]; attestations?: string[] }

export async function inputTexts({ scan, signing }: Pick<ShipOptions, "scan" | "signing">): Promise<InputTexts> {
  const [exceptions, vex, attestations] = await Promise.all([
    scan.exceptions?.contents(),
    Promise.all((scan.vex ?? []).map((file) => file.contents())),
    Promise.all(
      (signing?.attestations ?? []).map(async ({ type, predicate }) => `${type} ${await predicate.contents()}`),
    ),
  ])
  return { ...(exceptions !== undefined && { exceptions }), vex, attestations }
}

function digestOver(
  source: object,
  { tests, build, scan, smoke, chart, signing, tools }: ShipOptions,
  texts: InputTexts,
): string {
  const { rules, dbRepositories } = scan
  const { exceptions = "", vex = [], attestations = [] } = texts
  const text = JSON.stringify(
    sorted({
      ...source,
      tests: tests === "skip" ? tests : plain(tests),
      build: parametersOf(build),
      scan: { rules, dbRepositories, exceptions, vex },
      // a release that is signed in one form only is another one than in both
      signing: { formats: signing?.formats.includes("legacy") ? signing.formats : [], attestations },
      smoke,
      ...(chart && { chart: { path: chart.source.path, values: chart.addresses, version: chart.template ?? "" } }),
      tools,
    }),
  )
  return digestOf(text)
}

/** Leaves out handles of secrets, which have no content to compare. */
function plain(tests: Exclude<ShipOptions["tests"], "skip">) {
  const { image, commands, services, runners, paths, variables, dockerfile, target } = tests
  return { image, commands, services, ...(runners && { runners }), paths, variables, dockerfile, target }
}

/** Ignores the order of options, and treats an empty list as none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).filter(([, item]) => !(Array.isArray(item) && item.length === 0))
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]))
}

const ROOT = "."

/**
 * One digest over a service's files and options: the folder that its image is built from, its tests and its Dockerfile.
 * Other files of the repository do not change it.
 */
export async function serviceContent(source: Directory, options: ShipOptions): Promise<string> {
  const { build, tests, chart } = options
  const { context = ROOT, dockerfile = "Dockerfile" } = build
  const charts = chart ? [chart.source.path] : []
  const paths = new Set([context, ...charts, ...(tests === "skip" ? [] : (tests.paths ?? [ROOT]))])
  const folders = [...paths].sort().map(async (path) => `${path} ${await folderDigest(source, path)}`)
  const [texts, ...files] = await Promise.all([inputTexts(options), ...folders, fileDigest(source, dockerfile)])
  return contentDigest(options, { files, ...texts })
}

/** Leaves out .git, which differs between clones. A missing folder fails in its stage. */
async function folderDigest(source: Directory, path: string): Promise<string> {
  if (path !== ROOT && !(await source.exists(path))) return "none"
  return await source.directory(path).withoutDirectory(".git").digest()
}

/** A Dockerfile may be outside its build context. */
async function fileDigest(source: Directory, path: string): Promise<string> {
  return `${path} ${(await source.exists(path)) ? await source.file(path).digest({ excludeMetadata: true }) : "none"}`
}
