import { type Container, dag } from "@dagger.io/dagger"
import { baseImages } from "../dockerfile/base-images.ts"
import type { Stage } from "../dockerfile/stages.ts"
import type { Recipe } from "./reading.ts"

const CONTEXT = "/slipway/context"

/** Reads from the engine which user the image runs as, and how large the build context is. */
export async function observeBuild(
  image: Container,
  { recipe, toolImage }: { recipe: Recipe; toolImage: string },
): Promise<Pick<BuildFacts, "user" | "contextSize" | "hasIgnoreFile">> {
  const [user, contextSize] = await Promise.all([image.user(), measureContext(recipe, toolImage)])
  return { user, contextSize, hasIgnoreFile: recipe.ignore !== undefined }
}

/** In bytes; `du` counts whole blocks, which is precise enough for a warning. */
async function measureContext({ context, ignore = "" }: Recipe, toolImage: string): Promise<number> {
  const kept = dag.directory().withDirectory("/", context, { exclude: ignorePatterns(ignore) })
  const measured = dag.container().from(toolImage).withMountedDirectory(CONTEXT, kept)
  const [kilobytes = "0"] = (await measured.withExec(["du", "-sk", CONTEXT]).stdout()).split(/\s/)
  return Number(kilobytes) * 1024
}

/** The patterns of a .dockerignore in the engine's form: https://docs.docker.com/build/concepts/context/#dockerignore-files */
export function ignorePatterns(text: string): string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.trim().replace(/^(!?)\/+/, "$1"))
    .filter((pattern) => pattern !== "" && pattern !== "!")
}

const LARGE = 50_000_000
const ROOT = /^(?:root|0)?(?::.*)?$/

/** The input of the warnings. `user` is that of the built image; `contextSize` is in bytes, after .dockerignore. */
export type BuildFacts = {
  stages: Stage[]
  target: Stage
  buildArgs: Record<string, string>
  user: string
  contextSize: number
  hasIgnoreFile: boolean
}

/** Problems that do not fail the build. Each warning names the place and a fix. */
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
      : [`Dockerfile:${line}: ${image} has no digest, so the same commit can build a different image: add @sha256:…`]
  })
}

/** A missing tag means "latest", and a tag without a digit names no release. */
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
    ? ["the image runs as root: end the Dockerfile with USER and a numeric ID above 0"]
    : []
  const runs = target.instructions.filter(({ keyword }) => keyword === "RUN").map(({ text }) => text)
  const compiler = stages.length === 1 ? compilerIn(target.base, runs) : undefined
  return compiler
    ? [
        ...root,
        `the only stage keeps its compiler (${compiler}) in the image: compile in one stage, and COPY --from it into a small one`,
      ]
    : root
}

function contextWarnings({ contextSize, hasIgnoreFile }: BuildFacts): string[] {
  const size = `${Math.round(contextSize / 1_000_000)} MB`
  return [
    ...(contextSize > LARGE
      ? [`the build context has ${size}, more than 50: exclude what the build does not need in .dockerignore`]
      : []),
    ...(hasIgnoreFile ? [] : ["no .dockerignore: every file of the context can end up in the image"]),
  ]
}

const IMAGES =
  /(?:^|\/)(?:golang|rust|gcc|maven|gradle|swift|haskell|buildpack-deps|dotnet\/sdk|(?:.*-)?jdk)(?:[:@]|$)|:[^@]*\b(?:jdk|sdk)\b/
const PACKAGES =
  /\b(?:build-essential|build-base|gcc|g\+\+|clang|rustc|golang(?:-go)?|default-jdk|openjdk-[0-9]+-jdk)\b/

/** The compiler in a stage's image, judged by its base image and package installs. */
export function compilerIn(base: string, runs: string[]): string | undefined {
  if (IMAGES.test(base)) return base
  const install = runs.find((run) => /\b(?:apt-get|apt|apk|dnf|yum|microdnf)\b[\s\S]*\b(?:install|add)\b/.test(run))
  return install && !/\b(?:purge|remove|del)\b/.test(install) ? install.match(PACKAGES)?.[0] : undefined
}

/** Common names of secrets. Only whole words match, so TOKENIZER does not. */
const NAME = /(?:^|_)(?:PASSWORD|PASSWD|PASS|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?|AUTH)(?:_|$)/i

/** Patterns of well-known tokens: https://docs.github.com/code-security/secret-scanning */
const VALUES: [RegExp, string][] = [
  [/^gh[pousr]_[A-Za-z0-9]{36,}$|^github_pat_\w{22,}$/, "a GitHub token"],
  [/^glpat-[\w-]{20,}$/, "a GitLab token"],
  [/^npm_[A-Za-z0-9]{36}$/, "an npm token"],
  [/^(?:AKIA|ASIA)[A-Z0-9]{16}$/, "an AWS access key"],
  [/^xox[abprs]-[\w-]{10,}$/, "a Slack token"],
  [/^AIza[\w-]{35}$/, "a Google API key"],
  [/^sk_live_[A-Za-z0-9]{16,}$/, "a Stripe key"],
  [/^dckr_pat_[\w-]{20,}$/, "a Docker token"],
  [/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*$/, "a JSON web token"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "a private key"],
  [/^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]+:[^/\s@]+@/i, "an address with a password"],
]

/** The reason why a build arg looks like a secret; undefined if it does not. It never includes the value. */
export function secretShape(name: string, value: string): string | undefined {
  const shape = VALUES.find(([pattern]) => pattern.test(value))?.[1]
  if (shape) return `its value looks like ${shape}`
  return value !== "" && NAME.test(name) ? "its name suggests a secret" : undefined
}
