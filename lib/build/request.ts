import type { Container, Directory, Secret } from "@dagger.io/dagger"
import { parseAssignments } from "../config/argument.ts"
import { readableText } from "../engine/secret.ts"
import { derivedSecret } from "../engine/secret-use.ts"
import { quote, SlipwayError } from "../error.ts"
import { exportLayout } from "../oci/layout-export.ts"
import { parsePlatform, platformText } from "../oci/platform.ts"

/** The options of a build, as texts. This file alone sets the defaults of what is left out. */
export type RequestOptions = {
  platforms?: string[]
  /** A path in the context, like Docker's default, or else in the source, like Docker's -f. */
  dockerfile?: string
  context?: string
  target?: string
  /** NAME=value */
  buildArgs?: string[]
  secretIds?: string[]
  /** NAME=value; wins over the labels from the source's commit. */
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

/** Applies the defaults, and refuses invalid options before anything is built. */
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
    fix: `Write the path of the ${what} relative to the source; pass a larger --source if it is outside.`,
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

/** The normalised platforms, from a list, or from one text with commas, as in Docker. A duplicate is an error. */
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
    fix: "Pass, for example, --platforms=linux/amd64,linux/arm64.",
  })
}

/** The engine uses a secret's name as its id, and a secret from env: or file: has no name. */
export async function nameSecrets(secrets: Secret[], ids: string[]): Promise<Secret[]> {
  return await Promise.all(
    secrets.map(async (secret, i) => {
      const id = ids[i] ?? (await secret.name())
      if (!id) throw namelessSecret(i + 1)
      // dockerBuild accepts an id only as the name of a secret, so this creates a secret with that name
      const text = await readableText(secret, `the secret ${id} of --secrets (of ship: --build-secrets)`)
      return derivedSecret(id, text, [secret])
    }),
  )
}

function namelessSecret(position: number): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "an id for each build secret, the one in the Dockerfile's RUN --mount=type=secret,id=<id>",
    got: `no id for secret ${position}`,
    fix: "Pass the ids in the order of the secrets with --secret-ids (of ship: --build-secret-ids).",
  })
}

type ContainerOptions = { labels: string[]; annotations: string[]; nodeImage: string }

/** Exports containers that another function built, one for each platform, as the layout that every later stage takes. */
export async function containerLayout(
  containers: Container[],
  { labels, annotations, nodeImage }: ContainerOptions,
): Promise<Directory> {
  if (containers.length === 0) throw noContainers()
  // a pull would never reach the second of two images for the same platform
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
