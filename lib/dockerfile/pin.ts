import { copySources, mountFields, sourceStage } from "./base-images.ts"
import type { Instruction, Span } from "./instructions.ts"
import { baseStage, type Dockerfile, SCRATCH, type Stage } from "./stages.ts"

/** `digests` are what the names of images mean in this build; `target` is the stage that is built, if not the last. */
export type Pins = { digests: ReadonlyMap<string, string>; target?: Stage }

type Edit = Span & { text: string }

/**
 * The Dockerfile with each image by its digest, for one platform: the engine then builds from what was looked up, and
 * whatever its own parser makes of variables. All else stays, and on its line.
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

/** How the engine, which knows no numbers, is told which stage to build. */
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

/** The flag as its parser would read it again: CSV within the quotes of an instruction's flags. */
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
