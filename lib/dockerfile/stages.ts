import { quote, SlipwayError } from "../error.ts"
import { normalise, platformText } from "../oci/platform.ts"
import { expand } from "./expansion.ts"
import { type Fault, type Instruction, parseDockerfile } from "./instructions.ts"
import { splitWords } from "./words.ts"

export const SCRATCH = "scratch"

/**
 * One FROM with the instructions after it. `base` is the name of an earlier stage, an image, or "scratch", with variables
 * replaced. `platform` is that of the base: an earlier stage keeps its platform, even if this FROM requests another.
 * `target` is the platform of the build, which COPY --from=<image> uses too.
 */
export type Stage = {
  /** The stage's number if it has no name. */
  name: string
  isNamed: boolean
  base: string
  /** The variables in FROM without a value. */
  unset: string[]
  platform: string
  target: string
  line: number
  from: Instruction
  instructions: Instruction[]
}
type BuildPlatforms = { target: string; build: string }
type ReadOptions = { platforms: BuildPlatforms; buildArgs: Record<string, string>; target?: string }

/** A Dockerfile, read for one platform. `args` are those above the first FROM, with or without a value. */
export type Dockerfile = {
  stages: Stage[]
  args: Record<string, string | undefined>
  escapeChar: string
  faults: Fault[]
}

/** https://docs.docker.com/reference/dockerfile/#understand-how-arg-and-from-interact */
export function readDockerfile(text: string, { platforms, buildArgs, target }: ReadOptions): Dockerfile {
  const { instructions, escapeChar, faults } = parseDockerfile(text)
  const predefined = { ...platformArgs(platforms), TARGETSTAGE: target ?? lastName(instructions) }
  const values: Record<string, string> = { ...predefined, ...pick(buildArgs, Object.keys(predefined)) }
  const file: Dockerfile = { stages: [], args: {}, escapeChar, faults: [...faults] }
  for (const instruction of instructions) {
    const { keyword, line } = instruction
    const stage = file.stages.at(-1)
    if (keyword === "FROM") file.stages.push(readFrom(instruction, { values, file, platforms }))
    else if (stage) stage.instructions.push(instruction)
    else if (keyword === "ARG") readArg(instruction, { values, file, buildArgs })
    else file.faults.push({ line, problem: `${keyword} above the first FROM` })
  }
  return file
}

/** The stages of a Dockerfile, without its faults. */
export function readStages(text: string, options: ReadOptions): Stage[] {
  return readDockerfile(text, options).stages
}

/** The first stage in a chain of stages: the one whose base is an image, or scratch. */
export function firstStage(stages: Stage[], stage: Stage): Stage {
  const base = baseStage(stages, stage)
  return base ? firstStage(stages, base) : stage
}

/** The stage that another is based on: the last of that name before it. */
export function baseStage(stages: Stage[], stage: Stage): Stage | undefined {
  return namedStage(stages.slice(0, stages.indexOf(stage)), stage.base)
}

export function namedStage(stages: Stage[], name: string): Stage | undefined {
  return stages.findLast((stage) => stage.isNamed && stage.name === name)
}

/** The stage to build: the target, by name or number, or else the last. */
export function findStage(stages: Stage[], target: string | undefined): Stage | undefined {
  if (!target) return stages.at(-1)
  return namedStage(stages, target.toLowerCase()) ?? stages.find((_, i) => String(i) === target)
}

/** As findStage, but an unknown target is the caller's error. */
export function requireStage(stages: Stage[], target: string | undefined): Stage {
  const stage = findStage(stages, target)
  if (stage) return stage
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: target ? "a target that the Dockerfile has" : "a Dockerfile with at least one FROM",
    got: target ? quote(target) : "none",
    fix: target
      ? `Pass one of its stages with --target: ${stages.map(({ name }, i) => name || String(i)).join(", ") || "none"}.`
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

/** The variables without a value, and how to set them. `args` are those above the first FROM. */
export function unsetCause(unset: string[], args: Dockerfile["args"]): string {
  const missing = unset.length > 1 ? `${unset.join(", ")} have no value` : `${unset[0]} has no value`
  const undeclared = unset.filter((name) => !(name in args))
  const way =
    undeclared.length > 0
      ? `write ARG ${undeclared.join(" ")} above the first FROM`
      : `pass ${unset.map((name) => `--build-args=${name}=…`).join(" ")}, or set build.args in slipway.yaml`
  return `${missing}: ${way}`
}

type FromContext = { values: Record<string, string>; file: Dockerfile; platforms: BuildPlatforms }

function readFrom(from: Instruction, { values, file, platforms }: FromContext): Stage {
  const { line } = from
  const { stages, escapeChar, faults } = file
  const [written = "", as, alias, ...others] = from.args.split(/\s+/)
  const isNamed = as?.toLowerCase() === "as" && alias !== undefined
  if (written === "" || others.length > 0 || (as !== undefined && !isNamed)) {
    faults.push({ line, problem: `FROM ${from.text}, which is neither FROM <image> nor FROM <image> AS <name>` })
  }
  const name = isNamed ? alias.toLowerCase() : String(stages.length)
  if (isNamed && !/^[a-z][a-z0-9_.-]*$/.test(name)) faults.push({ line, problem: `${quote(alias)} as a stage's name` })
  const { text: base, unset, fault } = expand(written, { values, escapeChar })
  if (fault) faults.push({ line, problem: `FROM ${written}: ${fault}`, ...causeOf(fault, unset, file) })
  const own = readOwnPlatform(from, { values, file, platforms })
  const earlier = namedStage(stages, base)
  const platform = earlier?.platform ?? (base === SCRATCH ? platforms.target : own)
  return { name, isNamed, base, unset, platform, target: platforms.target, line, from, instructions: [] }
}

function readOwnPlatform(from: Instruction, { values, file, platforms }: FromContext): string {
  const flag = from.flags.find((flag) => flag.startsWith("platform="))?.slice("platform=".length)
  if (!flag) return platforms.target
  const { text, fault, unset } = expand(flag, { values, escapeChar: file.escapeChar })
  const platform = readPlatform(text, platforms.build)
  if (platform && !fault) return platform
  const problem = `FROM --platform=${flag}`
  if (fault) file.faults.push({ line: from.line, problem: `${problem}: ${fault}`, ...causeOf(fault, unset, file) })
  else if (unset.length > 0) file.faults.push({ line: from.line, problem, cause: unsetCause(unset, file.args) })
  else file.faults.push({ line: from.line, problem: `${problem}: not a platform` })
  return text
}

/** The cause of a fault from ${NAME:?message}, whose text the file sets. */
function causeOf(fault: string, unset: string[], { args }: Dockerfile): { cause?: string } {
  const demanded = unset.filter((name) => fault.startsWith(`${name}: `))
  return demanded.length > 0 ? { cause: unsetCause(demanded, args) } : {}
}

type ArgContext = { values: Record<string, string>; file: Dockerfile; buildArgs: Record<string, string> }

/** Reads one or several names, each with or without a default; a build arg wins over the default. */
function readArg({ args, line }: Instruction, { values, file, buildArgs }: ArgContext): void {
  const { escapeChar, faults } = file
  for (const word of splitWords(args, escapeChar)) {
    const [, name = "", fallback] = word.match(/^([^=]*)(?:=([\s\S]*))?$/) ?? []
    if (!name) faults.push({ line, problem: `ARG ${word}, which has no name` })
    const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined
    const expanded =
      given === undefined && fallback !== undefined ? expand(fallback, { values, escapeChar }) : undefined
    if (expanded?.fault) {
      faults.push({ line, problem: `ARG ${word}: ${expanded.fault}`, ...causeOf(expanded.fault, expanded.unset, file) })
    }
    const value = given ?? expanded?.text
    file.args[name] = value ?? file.args[name]
    if (value !== undefined) values[name] = value
  }
}

function lastName(instructions: Instruction[]): string {
  const from = instructions.findLast(({ keyword }) => keyword === "FROM")
  return from?.args.split(/\s+/)[2]?.toLowerCase() ?? "default"
}

function pick(record: Record<string, string>, names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.includes(name)))
}

// The platform spellings that Docker accepts: https://pkg.go.dev/github.com/containerd/platforms#Parse
const PART = /^[a-z0-9_.-]+$/
const SYSTEM = /^([a-z0-9_-]+)(?:\([a-z0-9_.-]*\))?$/
const SYSTEMS =
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos".split(
    " ",
  )
const ARCHITECTURES = (
  "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le " +
  "ppc riscv riscv64 s390 s390x sparc sparc64 wasm"
).split(" ")
const OTHER_NAMES: Record<string, string> = {
  i386: "386",
  x86_64: "amd64",
  "x86-64": "amd64",
  "amd64/v1": "amd64",
  aarch64: "arm64",
  "arm64/8": "arm64",
  "arm64/v8.0": "arm64",
  "arm64/9": "arm64/v9",
  "arm64/9.0": "arm64/v9",
  "arm64/v9.0": "arm64/v9",
  armhf: "arm/v7",
  armel: "arm/v6",
  "arm/5": "arm/v5",
  "arm/6": "arm/v6",
  "arm/7": "arm/v7",
  "arm/8": "arm/v8",
}

/** Normalises a --platform: a short form (arm64), an older name, or one with a variant. Undefined for anything else. */
export function readPlatform(text: string, build: string): string | undefined {
  const [first = "", ...others] = text.toLowerCase().split("/")
  const system = first.match(SYSTEM)?.[1]
  if (!system || others.length > 2 || others.some((part) => !PART.test(part))) return undefined
  const [architecture, variant] = others
  if (architecture !== undefined) return spell(system === "macos" ? "darwin" : system, [architecture, variant])
  if (SYSTEMS.includes(system)) return spell(system, [build.split("/")[1] ?? "", undefined])
  const alone = spell("linux", [first, undefined])
  return ARCHITECTURES.includes(alone.split("/")[1] ?? "") ? alone : undefined
}

function spell(os: string, [name, given]: [string, string | undefined]): string {
  const known = OTHER_NAMES[name] ?? name
  const written = given && !known.includes("/") ? `${known}/${given}` : known
  const [architecture = "", variant] = (OTHER_NAMES[written] ?? written).split("/")
  return platformText(normalise({ os, architecture, ...(variant && { variant }) }))
}
