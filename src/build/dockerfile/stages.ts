import { quote, SlipwayError } from "../../error.ts"
import { knownPlatform } from "../../oci/platform.ts"
import { type Instruction, readInstructions } from "./lines.ts"
import { expand } from "./variables.ts"

export const SCRATCH = "scratch"

/**
 * One FROM and what follows it. `base` is an earlier stage's name, an image, or "scratch", with variables replaced.
 * `platform` is what it really begins from: an earlier stage has its own, whatever this FROM says. `target` is what is
 * built, which is also what COPY --from=<image> takes.
 */
export type Stage = {
  name: string
  base: string
  platform: string
  target: string
  line: number
  instructions: Instruction[]
}
export type BuildPlatforms = { target: string; build: string }
export type ReadOptions = { platforms: BuildPlatforms; buildArgs: Record<string, string> }

/** The stages of a Dockerfile as one platform's build sees them. */
export function readStages(dockerfile: string, { platforms, buildArgs }: ReadOptions): Stage[] {
  const values: Record<string, string> = {
    ...platformArgs(platforms),
    ...pick(buildArgs, Object.keys(platformArgs(platforms))),
  }
  const stages: Stage[] = []
  for (const instruction of readInstructions(dockerfile)) {
    const stage = stages.at(-1)
    if (instruction.keyword === "FROM") stages.push(readFrom(instruction, { values, stages, platforms }))
    else if (stage) stage.instructions.push(instruction)
    else if (instruction.keyword === "ARG") Object.assign(values, readArgs(instruction.text, { values, buildArgs }))
  }
  return stages
}

/** Where a stage and those it begins from begin: the one whose base is an image, or scratch. */
export function firstStage(stages: Stage[], stage: Stage): Stage {
  const base = findStage(stages.slice(0, stages.indexOf(stage)), stage.base)
  return base ? firstStage(stages, base) : stage
}

/** The stage that is built: the named one, by name or number, else the last. */
export function findStage(stages: Stage[], target: string | undefined): Stage | undefined {
  return target ? stages.find(({ name }, i) => name === target.toLowerCase() || String(i) === target) : stages.at(-1)
}

/** As findStage, for a target of the caller's. */
export function requireStage(stages: Stage[], target: string | undefined): Stage {
  const stage = findStage(stages, target)
  if (stage) return stage
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: target ? "a target that the Dockerfile has" : "a Dockerfile with at least one FROM",
    got: target ? quote(target) : "none",
    fix: target
      ? `Its stages are: ${stages.map(({ name }, i) => name || String(i)).join(", ") || "none"}.`
      : "Begin the Dockerfile with FROM <image>.",
  })
}

/** https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope */
export function platformArgs({ target, build }: BuildPlatforms): Record<string, string> {
  return { ...partsOf("TARGET", target), ...partsOf("BUILD", build) }
}

function partsOf(prefix: string, platform: string): Record<string, string> {
  const [os = "", architecture = "", variant = ""] = platform.split("/")
  return {
    [`${prefix}PLATFORM`]: platform,
    [`${prefix}OS`]: os,
    [`${prefix}ARCH`]: architecture,
    [`${prefix}VARIANT`]: variant,
  }
}

type FromContext = { values: Record<string, string>; stages: Stage[]; platforms: BuildPlatforms }

function readFrom({ text, flags, line }: Instruction, { values, stages, platforms }: FromContext): Stage {
  const [from = "", as, name] = text.split(/\s+/)
  const base = expand(from, values)
  const flag = flags.find((flag) => flag.startsWith("platform="))?.slice("platform=".length)
  const own = flag && base !== SCRATCH ? knownPlatform(expand(flag, values)) : platforms.target
  return {
    name: as?.toLowerCase() === "as" && name ? name.toLowerCase() : String(stages.length),
    base,
    platform: findStage(stages, base)?.platform ?? own,
    target: platforms.target,
    line,
    instructions: [],
  }
}

/** ARG lines above the first FROM; a build arg wins over the default. */
function readArgs(
  text: string,
  { values, buildArgs }: { values: Record<string, string>; buildArgs: Record<string, string> },
) {
  const [, name = "", , fallback] = text.match(/^([A-Za-z_]\w*)(=(.*))?$/) ?? []
  const value = buildArgs[name] ?? (fallback === undefined ? undefined : expand(unquote(fallback), values))
  return name && value !== undefined ? { [name]: value } : {}
}

function unquote(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, "$2")
}

function pick(record: Record<string, string>, names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.includes(name)))
}
