import { posix } from "node:path"
import { mountFields, neededStages } from "./base-images.ts"
import { expand } from "./expansion.ts"
import type { Instruction } from "./instructions.ts"
import { baseStage, type Dockerfile, firstStage, type Stage } from "./stages.ts"
import { splitWords } from "./words.ts"

export type MountSharing = "shared" | "private" | "locked"

/**
 * A cache that a RUN mounts. BuildKit keeps one volume for each id and sharing mode, whatever stage or platform uses it. `stage`
 * and `base` are of the first RUN that names it; `skipped` is the reason why its volume is not known before the build.
 */
export type CacheMount = {
  id: string
  sharing: MountSharing
  stage: string
  /** The text of the stage. */
  text: string
  base: string
  skipped?: string
}

/** What a build sets for the variables of a stage: build args, and the predefined arguments of its platform. */
type Variables = { args: Record<string, string> }

/** The cache mounts of a build, each once: https://docs.docker.com/reference/dockerfile/#run---mounttypecache */
export function cacheMounts(file: Dockerfile, target: Stage, { args }: Variables): CacheMount[] {
  const found = neededStages(file.stages, target).flatMap((stage) => stageMounts(file, stage, args))
  return found.filter((mount, at) => found.findIndex((other) => isSame(other, mount)) === at)
}

function isSame(one: CacheMount, other: CacheMount): boolean {
  return one.id === other.id && one.sharing === other.sharing
}

function stageMounts(file: Dockerfile, stage: Stage, args: Record<string, string>): CacheMount[] {
  const values = inheritedValues(file, stage, args)
  const { base } = firstStage(file.stages, stage)
  const text = stage.instructions.map(({ keyword, args: own }) => `${keyword} ${own}`).join("\n")
  return stage.instructions.flatMap((instruction) => {
    readVariables(instruction, { values, file, args })
    if (instruction.keyword !== "RUN") return []
    const mounts = instruction.flags.flatMap((flag) => (flag.startsWith("mount=") ? [flag.slice("mount=".length)] : []))
    return mounts.flatMap((mount) =>
      readMount(mount, { values, escapeChar: file.escapeChar, stage: stage.name, text, base }),
    )
  })
}

/** The ENV of the stages that a stage is based on; their ARG ends with them. */
function inheritedValues(file: Dockerfile, stage: Stage, args: Record<string, string>): Record<string, string> {
  const base = baseStage(file.stages, stage)
  if (!base) return {}
  const values = inheritedValues(file, base, args)
  const names = new Set(Object.keys(values))
  for (const instruction of base.instructions) {
    readVariables(instruction, { values, file, args })
    if (instruction.keyword === "ENV")
      for (const word of splitWords(instruction.args, file.escapeChar)) names.add(nameOf(word))
  }
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)))
}

function nameOf(assignment: string): string {
  return assignment.split("=")[0] ?? ""
}

type StageScope = { values: Record<string, string>; file: Dockerfile; args: Record<string, string> }

/** An ARG takes the build's value, else its default, else that of the same name above the first FROM; ENV sets a value. */
function readVariables({ keyword, args: text }: Instruction, { values, file, args }: StageScope): void {
  if (keyword !== "ARG" && keyword !== "ENV") return
  const { escapeChar } = file
  for (const word of splitWords(text, escapeChar)) {
    const [, name = "", given] = word.match(/^([^=]*)(?:=([\s\S]*))?$/) ?? []
    const own = given === undefined ? undefined : expand(given, { values, escapeChar }).text
    const value = keyword === "ENV" ? own : (args[name] ?? own ?? file.args[name])
    if (value !== undefined) values[name] = value
  }
}

type MountScope = { values: Record<string, string>; escapeChar: string } & Pick<CacheMount, "stage" | "text" | "base">

function readMount(mount: string, { values, escapeChar, ...place }: MountScope): CacheMount[] {
  const unset: string[] = []
  const options = new Map<string, string>()
  for (const [key, value = ""] of mountFields(mount)) {
    const expanded = expand(value, { values, escapeChar })
    unset.push(...expanded.unset)
    options.set(key.toLowerCase(), expanded.text)
  }
  if (options.get("type") !== "cache") return []
  const target = options.get("target") ?? options.get("dst") ?? options.get("destination") ?? ""
  const id = options.get("id") || posix.normalize(target).replace(/(?<=.)\/$/, "")
  const skipped = skipReason(options, unset)
  return [{ id, sharing: readSharing(options.get("sharing")), ...place, ...(skipped && { skipped }) }]
}

/** Part of the volume's identity in Dagger is the folder that it begins with, which only the build knows. */
function skipReason(options: Map<string, string>, [unset]: string[]): string | undefined {
  if (options.has("from")) return `it begins with files of ${options.get("from")}`
  if (unset !== undefined) return `its name depends on ${unset}, which the Dockerfile does not set`
  return undefined
}

function readSharing(text = "shared"): MountSharing {
  return text === "private" || text === "locked" ? text : "shared"
}
