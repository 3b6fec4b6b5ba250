import { findStage, SCRATCH, type Stage } from "./stages.ts"

/** An image that a build starts from, and the platform on which it must exist. */
export type BaseImage = { image: string; platform: string; stage: string; line: number }

/** The images that a build of `target` needs: its own base, and those of every stage that it takes files from. */
export function baseImages(stages: Stage[], target: Stage): BaseImage[] {
  const found: BaseImage[] = []
  const open = [target]
  const seen = new Set<Stage>()
  for (let stage = open.pop(); stage; stage = open.pop()) {
    if (seen.has(stage)) continue
    seen.add(stage)
    const before = stages.slice(0, stages.indexOf(stage))
    for (const { source, platform, line } of sourcesOf(stage)) {
      const inner = findStage(before, source)
      if (inner) open.push(inner)
      else if (source !== SCRATCH) found.push({ image: source, platform, stage: stage.name, line })
    }
  }
  return found
}

type Source = { source: string; platform: string; line: number }

function sourcesOf(stage: Stage): Source[] {
  const copied = stage.instructions.flatMap(({ keyword, flags, line }) =>
    flags.flatMap((flag) => {
      const source = keyword === "RUN" ? flag.match(/^mount=(?:.*,)?from=([^,]+)/)?.[1] : flag.match(/^from=(.+)/)?.[1]
      return source ? [{ source, platform: stage.target, line }] : []
    }),
  )
  return [{ source: stage.base, platform: stage.platform, line: stage.line }, ...copied]
}
