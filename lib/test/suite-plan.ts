import { posix } from "node:path"
import type { Directory } from "@dagger.io/dagger"
import { readOptionalFile } from "../config/file.ts"
import { quote, SlipwayError } from "../error.ts"
import { DEFAULT_DOCKERFILE, type PlanOptions, planTests, RUNNERS, type TestPlan } from "./plan.ts"
import type { Folder, Project } from "./runners/runner.ts"

/** `paths` are the folders of projects in the source, each tested separately; default its root. */
export type SuitePlanOptions = PlanOptions & { paths?: string[] }

/** Plans the tests of a source without running them. */
export async function planSuite(source: Directory, options: SuitePlanOptions): Promise<TestPlan[]> {
  return planTests(await readProjects(source, options), options)
}

async function readProjects(source: Directory, { paths = ["."], dockerfile }: SuitePlanOptions): Promise<Project[]> {
  const wanted = [...new Set([...RUNNERS.flatMap(({ reads }) => reads), dockerfile ?? DEFAULT_DOCKERFILE])]
  return await Promise.all((paths.length ? paths : ["."]).map((path) => readProject(source, { path, wanted })))
}

type FolderRequest = { path: string; wanted: string[] }

/** Reads a project and the folders above it, which may have its workspace, lock file or wrapper. */
async function readProject(source: Directory, { path, wanted }: FolderRequest): Promise<Project> {
  await requireDirectory(source, path)
  const [own, ...above] = await Promise.all(pathsUp(path).map((one) => readFolder(source, { path: one, wanted })))
  const folder: Folder = own ?? { path, entries: [], text: {} }
  const { below, text } = await readBelow(source.directory(path), folder.entries)
  return { ...folder, text: { ...text, ...folder.text }, above, below }
}

function pathsUp(path: string): string[] {
  const clean = posix.normalize(path).replace(/\/$/, "")
  return clean === "." ? ["."] : [clean, ...pathsUp(posix.dirname(clean))]
}

async function readFolder(source: Directory, { path, wanted }: FolderRequest): Promise<Folder> {
  const directory = source.directory(path)
  const entries = (await directory.entries()).map((name) => name.replace(/\/$/, ""))
  const below = await Promise.all(wanted.map(async (name) => name.includes("/") && (await directory.exists(name))))
  const names = wanted.filter((name, at) => below[at] || entries.includes(name))
  return { path, entries, text: await readTexts(directory, names) }
}

/** Finds the files below the project that runners look for, and reads some of them. */
async function readBelow(directory: Directory, entries: string[]): Promise<Required<Pick<Project, "below" | "text">>> {
  const patterns = new Set(RUNNERS.flatMap(({ finds }) => finds?.(entries) ?? []))
  const found = await Promise.all([...patterns].map((pattern) => directory.glob(pattern)))
  const below = [...new Set(found.flat())]
  const read = below.filter((path) => RUNNERS.some(({ readsFound }) => readsFound?.test(path)))
  return { below, text: await readTexts(directory, read.slice(0, MOST_READ)) }
}

/** In a repository with hundreds of project files, the first ones are enough to choose an image. */
const MOST_READ = 100

async function readTexts(directory: Directory, names: string[]): Promise<Record<string, string>> {
  const texts = await Promise.all(names.map(async (name) => [name, await readOptionalFile(directory, name)] as const))
  return Object.fromEntries(texts.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const])))
}

async function requireDirectory(source: Directory, path: string): Promise<void> {
  if (path === "." || (!path.split("/").includes("..") && (await source.exists(path)))) return
  throw new SlipwayError("SOURCE_INVALID", {
    expected: "paths of folders in the source",
    got: quote(path),
    fix: `Correct test.paths (alone: --paths). The source contains ${(await source.entries()).slice(0, 20).join(", ")}.`,
  })
}
