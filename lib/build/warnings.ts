import { baseImages } from "../dockerfile/base-images.ts"
import type { Stage } from "../dockerfile/stages.ts"
import { compilerIn } from "./compiler.ts"
import { secretShape } from "./secret-shape.ts"

const LARGE = 50_000_000
const ROOT = /^(?:root|0)?(?::.*)?$/

/** What a build knows of itself. `user` is the built image's; `contextSize` is in bytes, after .dockerignore. */
export type BuildFacts = {
  stages: Stage[]
  target: Stage
  buildArgs: Record<string, string>
  user: string
  contextSize: number
  hasIgnoreFile: boolean
}

/** Sentences on what will hurt later and fails nothing now: each says where, and what to do. */
export function buildWarnings(facts: BuildFacts): string[] {
  return [...baseWarnings(facts), ...argWarnings(facts), ...imageWarnings(facts), ...contextWarnings(facts)]
}

function baseWarnings({ stages, target }: BuildFacts): string[] {
  const bases = new Map(baseImages(stages, target).map((base) => [base.image, base]))
  return [...bases.values()].flatMap(({ image, line }) => {
    if (image.includes("@")) return []
    const tag = image.match(/:([^/:]+)$/)?.[1]
    return isFloating(tag)
      ? [`Dockerfile:${line}: the tag of ${image} moves with every release: name a version, and pin it by digest`]
      : [`Dockerfile:${line}: ${image} has no digest, so the same commit can become another image: add @sha256:…`]
  })
}

/** No tag is "latest", and a name without a number names no release. */
function isFloating(tag: string | undefined): boolean {
  return tag === undefined || !/[0-9]/.test(tag)
}

function argWarnings({ stages, buildArgs }: BuildFacts): string[] {
  const given = Object.entries(buildArgs).map(([name, value]) => ({ name, value, where: "build arg" }))
  const written = stages.flatMap(({ instructions }) =>
    instructions
      .filter(({ keyword }) => keyword === "ARG" || keyword === "ENV")
      .flatMap(({ keyword, text, line }) =>
        [...text.matchAll(/([A-Za-z_]\w*)=("[^"]*"|'[^']*'|\S*)/g)].map(([, name = "", value = ""]) => ({
          name,
          value: value.replace(/^["']|["']$/g, ""),
          where: `Dockerfile:${line}: ${keyword}`,
        })),
      ),
  )
  return [...given, ...written].flatMap(({ name, value, where }) => {
    const why = value.startsWith("$") ? undefined : secretShape(name, value)
    return why ? [`${where} ${name}: ${why}, and it stays in the image: use RUN --mount=type=secret`] : []
  })
}

function imageWarnings({ stages, target, user }: BuildFacts): string[] {
  const root = ROOT.test(user.trim())
    ? ["the image runs as root: end the Dockerfile with USER and a number above 0"]
    : []
  const runs = target.instructions.filter(({ keyword }) => keyword === "RUN").map(({ text }) => text)
  const compiler = stages.length === 1 ? compilerIn(target.base, runs) : undefined
  return compiler
    ? [...root, `the only stage ships its compiler (${compiler}): compile in one stage, COPY --from into a small one`]
    : root
}

function contextWarnings({ contextSize, hasIgnoreFile }: BuildFacts): string[] {
  const size = `${Math.round(contextSize / 1_000_000)} MB`
  return [
    ...(contextSize > LARGE
      ? [`the build context has ${size}, more than 50: leave out what is not built from in .dockerignore`]
      : []),
    ...(hasIgnoreFile ? [] : ["there is no .dockerignore: every file of the context can end up in the image"]),
  ]
}
