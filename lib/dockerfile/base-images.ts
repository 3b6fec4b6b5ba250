import { within } from "../engine/tool.ts"
import { errorMessage, SlipwayError } from "../error.ts"
import { isPullRefusal, PULL_SECONDS, pullFailure, pullTimeout } from "../oci/crane.ts"
import { commonPlatforms, resolvedDigest, resolvedPlatform } from "../oci/platform.ts"
import { type Digest, HOST, PATH, TAG } from "../oci/reference.ts"
import type { Fault, Instruction, Span } from "./instructions.ts"
import { baseStage, type Dockerfile, namedStage, SCRATCH, type Stage, unsetCause } from "./stages.ts"

/** A base image of a build, and the platform that it must support. */
export type BaseImage = { image: string; platform: string; stage: string; line: number }

/** The images that a build of `target` needs: its base, and those of every stage that it copies from. */
export function baseImages(stages: Stage[], target: Stage): BaseImage[] {
  const found = neededStages(stages, target).flatMap((stage): BaseImage[] => {
    const own = { image: stage.base, platform: stage.platform, stage: stage.name, line: stage.line }
    const copied = sourcesOf(stages, stage).flatMap((source) =>
      sourceStage(stages, source)
        ? []
        : [{ image: source.name, platform: stage.target, stage: stage.name, line: source.line }],
    )
    return [...(baseStage(stages, stage) ? [] : [own]), ...copied]
  })
  return found.filter(({ image }) => image !== SCRATCH)
}

/** The stages that a build of `target` runs, each once: its own, its base, and those that it copies from. */
export function neededStages(stages: Stage[], target: Stage): Stage[] {
  const open = [target]
  const seen = new Set<Stage>()
  for (let stage = open.pop(); stage; stage = open.pop()) {
    if (seen.has(stage)) continue
    seen.add(stage)
    const base = baseStage(stages, stage)
    const inner = sourcesOf(stages, stage).map((source) => sourceStage(stages, source))
    open.push(...[base, ...inner].filter((next) => next !== undefined))
  }
  return [...seen]
}

/** What a stage copies or mounts from, also by an ONBUILD of the stage that it is based on. */
function sourcesOf(stages: Stage[], stage: Stage): CopySource[] {
  const triggers = baseStage(stages, stage)?.instructions.flatMap(({ trigger }) => trigger ?? []) ?? []
  return [...triggers, ...stage.instructions].flatMap(copySources)
}

/** A stage or an image that an instruction copies or mounts from. `flag` is the index of the flag. */
type CopySource = { kind: "copy" | "mount"; name: string; line: number; flag: number }

/** Reads COPY --from, and RUN --mount with from. */
export function copySources({ keyword, flags, line }: Instruction): CopySource[] {
  return flags.flatMap((text, flag): CopySource[] => {
    if (keyword === "COPY" && text.startsWith("from=")) return [{ kind: "copy", name: text.slice(5), line, flag }]
    if (keyword !== "RUN" || !text.startsWith("mount=")) return []
    const name = mountFields(text.slice("mount=".length)).findLast(([key]) => key.toLowerCase() === "from")?.[1]
    return name ? [{ kind: "mount", name, line, flag }] : []
  })
}

/** Finds the stage by name; COPY can also use a number. */
function sourceStage(stages: Stage[], { kind, name }: CopySource): Stage | undefined {
  return (
    namedStage(stages, name.toLowerCase()) ?? (kind === "copy" && isNumber(name) ? stages[Number(name)] : undefined)
  )
}

/** The options of a mount are a line of CSV: https://docs.docker.com/reference/dockerfile/#run---mount */
export function mountFields(text: string): [key: string, value?: string][] {
  const fields = text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)
  return [...fields].map(([, quoted, plain = ""]) => {
    const field = quoted?.replace(/""/g, '"') ?? plain
    const at = field.indexOf("=")
    return at < 0 ? [field] : [field.slice(0, at), field.slice(at + 1)]
  })
}

/** An image reference, with a digest of any algorithm. */
const IMAGE = new RegExp(`^(?:${HOST}/)?${PATH}(?::${TAG})?(?:@[A-Za-z0-9+._-]+:[0-9a-fA-F]{32,})?$`)

/** Invalid base images of any stage: BuildKit refuses the file even if that stage is not built. */
export function baseFaults(stages: Stage[], args: Record<string, string | undefined>): Fault[] {
  return stages.flatMap((stage) => [
    ...(isReadable(stage.base) || baseStage(stages, stage) ? [] : [blankBase(stage, args)]),
    ...stage.instructions
      .flatMap((instruction) => [instruction, ...(instruction.trigger ? [instruction.trigger] : [])])
      .flatMap(copySources)
      .flatMap((source) => sourceFault(stages, source)),
  ])
}

function isReadable(image: string): boolean {
  return image === SCRATCH || IMAGE.test(image)
}

function blankBase({ from, base, unset, line }: Stage, args: Record<string, string | undefined>): Fault {
  const what = `${JSON.stringify(base)} as the image of FROM ${from.text}`
  if (unset.length === 0) return { line, problem: what }
  return { line, problem: what, cause: unsetCause(unset, args) }
}

function sourceFault(stages: Stage[], source: CopySource): Fault[] {
  const { kind, name, line } = source
  const flag = kind === "copy" ? `COPY --from=${name}` : `RUN --mount=from=${name}`
  if (/\$./.test(name)) {
    const alias = `FROM ${name} AS <name> and take from=<name>`
    return [{ line, problem: `${flag}, where variables are not replaced`, cause: `write ${alias}` }]
  }
  if (sourceStage(stages, source) || (isReadable(name) && !(kind === "copy" && isNumber(name)))) return []
  return [{ line, problem: `${flag}, which is neither a stage nor the name of an image` }]
}

function isNumber(name: string): boolean {
  return /^[0-9]+$/.test(name)
}

/** Refuses a Dockerfile that BuildKit refuses, as far as the fault affects the base images. */
export function requireReadable({ stages, args, faults }: Dockerfile): void {
  const [fault] = [...faults, ...baseFaults(stages, args)]
  if (!fault) return
  const { line, problem, cause } = fault
  throw new SlipwayError("DOCKERFILE_INVALID", {
    expected: "a Dockerfile that can be built",
    got: `${problem} (Dockerfile line ${line}${cause ? `: ${cause}` : ""})`,
    fix: "Correct that line; https://docs.docker.com/reference/dockerfile/ describes the syntax.",
  })
}

/** A base image, and the digest to which the engine resolved its name. */
export type ResolvedBase = { name: string; digest: Digest }

/**
 * Resolves each name once, however many stages and platforms use it, because a tag can move in between. Refuses an image
 * that lacks a platform; the engine would silently use another platform.
 */
export async function resolveBases(bases: BaseImage[]): Promise<ResolvedBase[]> {
  return await Promise.all(
    firstUses(bases).map((base) =>
      named(base, resolveName(base, { uses: bases.filter(({ image }) => image === base.image) })),
    ),
  )
}

/** Resolves bases for a build that accepts any platform and has no time limit. */
export async function resolveAnyBases(bases: BaseImage[], seconds = PULL_SECONDS): Promise<ResolvedBase[]> {
  const resolving = firstUses(bases).map(async ({ image, platform, line }) => {
    const digest = await within(seconds, named({ image, line }, resolvedDigest(image, platform)), () => {
      throw pullTimeout(`to begin from (Dockerfile line ${line})`, image, seconds)
    })
    return { name: image, digest }
  })
  return await Promise.all(resolving)
}

/** Names the image's line and host if the engine was refused; other errors of the engine name the image themselves. */
async function named<T>({ image, line }: Pick<BaseImage, "image" | "line">, resolving: Promise<T>): Promise<T> {
  return await resolving.catch((error: unknown) => {
    if (error instanceof SlipwayError || !isPullRefusal(errorMessage(error))) throw error
    throw pullFailure(`to begin from (Dockerfile line ${line})`, { image, error })
  })
}

function firstUses(bases: BaseImage[]): BaseImage[] {
  return bases.filter(({ image }, at) => bases.findIndex((other) => other.image === image) === at)
}

async function resolveName(first: BaseImage, { uses }: { uses: BaseImage[] }): Promise<ResolvedBase> {
  await requirePlatform(first, first.image)
  const digest = await resolvedDigest(first.image, first.platform)
  const image = byDigest(first.image, digest)
  const others = new Map([...uses].reverse().map((base) => [base.platform, base]))
  others.delete(first.platform)
  await Promise.all([...others.values()].map((base) => requirePlatform(base, image)))
  return { name: first.image, digest }
}

async function requirePlatform({ image, platform, line }: BaseImage, resolved: string): Promise<void> {
  if ((await resolvedPlatform(resolved, platform)) === platform) return
  throw new SlipwayError("PLATFORM_MISSING", {
    expected: `the base image ${image} (Dockerfile, line ${line}) for ${platform}`,
    got: `an image for ${(await commonPlatforms(image)).join(", ") || "other platforms"} only`,
    fix: "Remove the platform from --platforms, or use a base image that supports it; a stage that only compiles can use FROM --platform=$BUILDPLATFORM.",
  })
}

function byDigest(image: string, digest: Digest): string {
  return image.includes("@") ? image : `${image}@${digest}`
}

/** `digests` maps image names to their digests in this build; `target` is the stage to build, if not the last. */
type Pins = { digests: ReadonlyMap<string, string>; target?: Stage }

type Edit = Span & { text: string }

/**
 * Pins each image of the Dockerfile to its digest, for one platform. The engine then uses the images that were resolved,
 * regardless of how its parser expands variables. Everything else stays the same, and on its line.
 */
export function pinDockerfile(text: string, { stages, escapeChar }: Dockerfile, pins: Pins): string {
  const edits = stages.flatMap((stage) => [
    fromEdit(text, { stage, stages, pins }),
    ...stage.instructions
      .flatMap((instruction) => [instruction, ...(instruction.trigger ? [instruction.trigger] : [])])
      .flatMap((instruction) => sourceEdits(text, { instruction, stages, pins, escapeChar })),
  ])
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((all, { start, end, text }) => all.slice(0, start) + text + all.slice(end), text)
}

/** The name of the stage to build: the engine does not accept a number. */
export function targetName({ name, isNamed }: Stage): string {
  return isNamed ? name : "slipway-target"
}

function fromEdit(text: string, { stage, stages, pins }: { stage: Stage; stages: Stage[]; pins: Pins }): Edit {
  const { from, isNamed, base, platform } = stage
  const isImage = base !== SCRATCH && !baseStage(stages, stage)
  const words = [
    "FROM",
    ...(isImage && from.flags.some((flag) => flag.startsWith("platform=")) ? [`--platform=${platform}`] : []),
    isImage ? pinReference(base, pins) : base,
    ...(isNamed || stage === pins.target ? ["AS", targetName(stage)] : []),
  ]
  return { ...from.span, text: words.join(" ") + "\n".repeat(lineBreaks(text, from.span)) }
}

type SourceContext = { instruction: Instruction; stages: Stage[]; pins: Pins; escapeChar: string }

function sourceEdits(text: string, { instruction, stages, pins, escapeChar }: SourceContext): Edit[] {
  return copySources(instruction).flatMap((source): Edit[] => {
    const span = instruction.flagSpans[source.flag]
    const image = pinReference(source.name, pins)
    if (!span || image === source.name || sourceStage(stages, source)) return []
    const flag =
      source.kind === "copy"
        ? `--from=${image}`
        : mountFlag(instruction.flags[source.flag] ?? "", { image, escapeChar })
    return [{ ...span, text: flag + ` ${escapeChar}\n`.repeat(lineBreaks(text, span)) }]
  })
}

function pinReference(image: string, { digests }: Pins): string {
  const digest = digests.get(image)
  return digest && !image.includes("@") ? `${image}@${digest}` : image
}

/** Writes the flag so that it parses again: CSV within the quotes of an instruction's flags. */
function mountFlag(flag: string, { image, escapeChar }: { image: string; escapeChar: string }): string {
  const fields = mountFields(flag.slice("mount=".length)).map(([key, value]) => {
    const field = key.toLowerCase() === "from" ? `from=${image}` : value === undefined ? key : `${key}=${value}`
    return /[",]/.test(field) ? `"${field.replace(/"/g, '""')}"` : field
  })
  const whole = `--mount=${fields.join(",")}`
  if (!/[\s"'\\`]/.test(whole)) return whole
  return `'${[...whole].map((char) => (char === "'" || char === escapeChar ? escapeChar + char : char)).join("")}'`
}

function lineBreaks(text: string, { start, end }: Span): number {
  return text.slice(start, end).split("\n").length - 1
}
