import { parseAssignments } from "../config/argument.ts"
import { quote, SlipwayError } from "../error.ts"
import { parsePlatforms } from "./platforms.ts"

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
