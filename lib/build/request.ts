import { type Container, type Directory, dag, type Secret } from "@dagger.io/dagger"
import { parseAssignments } from "../config/argument.ts"
import { readableText } from "../engine/secret.ts"
import { quote, SlipwayError } from "../error.ts"
import { exportLayout } from "../oci/layout-export.ts"
import { parsePlatform, platformText } from "../oci/platform.ts"

/** What a caller may ask of a build, as texts; whatever is left out has a default here and nowhere else. */
export type RequestOptions = {
  platforms?: string[]
  /** Looked for in the context first, as Docker's default is, then in the source, as Docker's -f is. */
  dockerfile?: string
  context?: string
  target?: string
  /** NAME=value */
  buildArgs?: string[]
  secretIds?: string[]
  /** NAME=value; wins over what the source's git commit says. */
  labels?: string[]
  annotations?: string[]
  keepGitDir?: boolean
  reproducible?: boolean
}

export type BuildRequest = {
  platforms: string[]
  dockerfile: string
  context: string
  target?: string
  buildArgs: Record<string, string>
  secretIds: string[]
  labels: Record<string, string>
  annotations: Record<string, string>
  keepGitDir: boolean
  reproducible: boolean
}

/** Refuses what cannot be built before anything is. */
export function parseRequest(options: RequestOptions): BuildRequest {
  return {
    platforms: parsePlatforms(options.platforms ?? ["linux/amd64", "linux/arm64"]),
    dockerfile: parsePath(options.dockerfile || "Dockerfile", "Dockerfile"),
    context: parsePath(options.context || ".", "context"),
    ...(options.target && { target: options.target }),
    buildArgs: parseAssignments(options.buildArgs ?? [], "build arg"),
    secretIds: (options.secretIds ?? []).map(parseSecretId),
    labels: parseAssignments(options.labels ?? [], "label"),
    annotations: parseAssignments(options.annotations ?? [], "annotation"),
    keepGitDir: options.keepGitDir ?? false,
    reproducible: options.reproducible ?? true,
  }
}

/** A path within the source, without "./" and slashes at the end. */
function parsePath(text: string, what: string): string {
  const parts = text.split("/").filter((part) => part !== "" && part !== ".")
  if (!text.startsWith("/") && !parts.includes("..")) return parts.join("/") || "."
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a path of the ${what} within the source`,
    got: quote(text),
    fix: `Give the ${what} relative to the source; pass a larger --source if it lies outside.`,
  })
}

function parseSecretId(text: string): string {
  if (/^[A-Za-z0-9][\w.-]*$/.test(text)) return text
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a secret id of letters, digits, dots, dashes and underscores",
    got: quote(text),
    fix: "Use the id of the Dockerfile's RUN --mount=type=secret,id=<id>.",
  })
}

/** The platforms to build, in one spelling, each once. Given as a list, or as one text with commas, as Docker takes it. */
export function parsePlatforms(texts: string[]): string[] {
  const platforms = texts
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map((text) => platformText(parsePlatform(text)))
  const twice = platforms.find((platform, i) => platforms.indexOf(platform) !== i)
  if (platforms.length > 0 && !twice) return platforms
  throw new SlipwayError("PLATFORM_INVALID", {
    expected: "one or more different platforms",
    got: twice ? `${twice} twice` : quote(texts.join(",")),
    fix: "Pass for example --platforms=linux/amd64,linux/arm64.",
  })
}

/** The engine takes a secret's id from its name, and one that comes from env: or file: has none. */
export async function nameSecrets(secrets: Secret[], ids: string[]): Promise<Secret[]> {
  return await Promise.all(
    secrets.map(async (secret, i) => {
      const id = ids[i] ?? (await secret.name())
      if (!id) throw namelessSecret(i + 1)
      // dockerBuild knows no other way to give a secret an id than a new secret of that name
      return dag.setSecret(id, await readableText(secret, `the secret ${id} of --secrets (of ship: --build-secrets)`))
    }),
  )
}

function namelessSecret(position: number): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "an id for each build secret, as the Dockerfile's RUN --mount=type=secret,id=<id> names it",
    got: `none for the ${position}. of them`,
    fix: "Give the ids in the order of the secrets, with --secret-ids (of ship: --build-secret-ids).",
  })
}

type ContainerOptions = { labels: string[]; annotations: string[]; nodeImage: string }

/** Containers that something else built, one for each platform, as the layout that every later stage takes. */
export async function containerLayout(
  containers: Container[],
  { labels, annotations, nodeImage }: ContainerOptions,
): Promise<Directory> {
  if (containers.length === 0) throw noContainers()
  // two of one platform would leave one of them out of every pull
  const platforms = parsePlatforms(await Promise.all(containers.map((container) => container.platform())))
  const images = containers.map((container, i) => ({ container, platform: platforms[i] ?? "", onScratch: false }))
  return await exportLayout(images, {
    nodeImage,
    labels: parseAssignments(labels, "label"),
    annotations: parseAssignments(annotations, "annotation"),
  })
}

function noContainers(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a container for each platform",
    got: "none",
    fix: "Pass the containers that another Dagger function returns, or build a Dockerfile with build-multi-arch.",
  })
}
