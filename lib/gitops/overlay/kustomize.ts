import { posix } from "node:path"
import { parse } from "yaml"
import { z } from "zod"
import { isTimedOut, KUSTOMIZE } from "../../engine/tool.ts"
import { quote, SlipwayError } from "../../error.ts"
import { lastLines } from "../git/exec.ts"
import type { RepositoryPath } from "../request.ts"

/** Builds as the overlay's controller does; its options are in the controller's configuration, not in the overlay. */
export function buildArgs(path: string, options: string[] = []): string[] {
  return [KUSTOMIZE, "build", ...options, path]
}

// The options of Argo CD and Flux. None of them makes kustomize run programs from the repository (--enable-exec) or write
// files (--output). The helm command is a path in the image that the caller chose.
const ALLOWED = [
  "--enable-helm",
  "--enable-alpha-plugins",
  "--load-restrictor=(?:LoadRestrictionsNone|LoadRestrictionsRootOnly)",
  "--helm-command=[A-Za-z0-9._/-]+",
  "--helm-kube-version=v?[0-9][A-Za-z0-9.+-]*",
  "--helm-api-versions=[A-Za-z0-9][A-Za-z0-9./-]*",
  "--reorder=(?:none|legacy)",
]
const OPTION = new RegExp(`^(?:${ALLOWED.join("|")})$`)
/** The form of kustomize's help, with a space before the value. */
const SPACED = /^(--[a-z-]+) (\S+)$/

/** Accepts only options that are safe in a controller's configuration. */
export function parseKustomizeOptions(options: string[]): string[] {
  return options.map((option) => {
    const text = option.trim().replace(SPACED, "$1=$2")
    if (OPTION.test(text)) return text
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: `options of kustomize build among ${ALLOWED.map((one) => one.replace(/=.*/, "=…")).join(", ")}`,
      got: quote(option),
      fix: "Omit it, or edit the file without a build: --path=<folder>/kustomization.yaml --edits=kustomize:<name>.",
    })
  })
}

/** Messages of kustomize about an overlay that requires its controller's options. */
const NEEDS_OPTIONS =
  /must specify --|--enable-|--load-restrictor|is not in or below|unable to run: 'helm|plugins? (?:is|are) disabled/
const NO_HELM = /unable to run: '[^']*helm|"helm": executable file not found|is '?helm'? installed/

/** The error of an overlay that does not build, with alternatives. */
export function buildFailure(path: string, stderr: string): SlipwayError {
  return new SlipwayError("OVERLAY_INVALID", {
    expected: `${path} to build with kustomize`,
    got: lastLines(stderr),
    fix: `${fixOf(stderr)} Nothing was pushed.`,
  })
}

function fixOf(stderr: string): string {
  const byFile =
    "Or edit the file without a build, by the entry's name: --path=<folder>/kustomization.yaml --edits=kustomize:<name>."
  if (isTimedOut(stderr)) {
    return "Check the servers of its remote bases and charts, or raise --timeout."
  }
  if (NO_HELM.test(stderr)) {
    return `Set --kustomize-image to an image with kustomize and helm: the default one has no helm. ${byFile}`
  }
  if (NEEDS_OPTIONS.test(stderr)) {
    return `Pass the build options of the overlay's controller, such as --enable-helm or --load-restrictor=LoadRestrictionsNone, as --kustomize-options. ${byFile}`
  }
  return "Run kustomize build on it and correct the error."
}

/** The file names that kustomize reads: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ */
const FILE_NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"]
/** Matches these names and a few others, which `overlaysIn` drops. */
export const KUSTOMIZATION_GLOB = "**/*ustomization*"

const strings = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? [])
const ImageEntry = z.object({ name: z.string(), newName: z.string().optional() })

/** The part of a kustomization that a bump reads. */
export const OverlayFile = z.object({
  kind: z.string().optional(),
  resources: strings,
  bases: strings,
  components: strings,
  transformers: strings,
  generators: strings,
  validators: strings,
  images: z
    .array(ImageEntry)
    .nullish()
    .transform((list) => list ?? []),
})
export type OverlayFile = z.infer<typeof OverlayFile>

export function parseKustomization(text: string, file: string): OverlayFile {
  const parsed = OverlayFile.safeParse(readYaml(text))
  if (parsed.success) return parsed.data
  throw new SlipwayError("OVERLAY_INVALID", {
    expected: `a kustomization in ${file}`,
    got: z.prettifyError(parsed.error).replaceAll("\n", " "),
    fix: "Run kustomize build on it and correct the error.",
  })
}

/** Maps each directory with a kustomization to its file; kustomize itself refuses two in one directory. */
export function overlaysIn(files: string[]): Map<string, string> {
  const found = files.filter((file) => FILE_NAMES.includes(posix.basename(file))).sort()
  return new Map(found.map((file) => [posix.dirname(file), file]))
}

/** Returns the overlay's file, or an error that lists the repository's overlays. */
export function requireOverlay(overlays: Map<string, string>, path: RepositoryPath): string {
  const file = overlays.get(path)
  if (file) return file
  const others = [...overlays.keys()].slice(0, 20).join(", ")
  throw new SlipwayError("OVERLAY_INVALID", {
    expected: `a kustomization.yaml in ${path}`,
    got: "none",
    fix: others
      ? `Set --path to an overlay of the repository: ${others}.`
      : "Check --repo and --branch: the branch has no kustomization.yaml.",
  })
}

/**
 * The overlay's parts inside the repository, without remote ones. Only these lists can name other directories, and an
 * entry may be inline YAML instead of a name.
 */
export function localParts(file: OverlayFile, directory: string): string[] {
  const { resources, bases, components, transformers, generators, validators } = file
  return [...resources, ...bases, ...components, ...transformers, ...generators, ...validators]
    .filter((part) => !part.includes("\n"))
    .filter((part) => !/^[a-z+]+:\/\/|^git@|\?ref=|^github\.com\//.test(part))
    .map((part) => posix.normalize(posix.join(directory, part)).replace(/\/$/, ""))
}

type OverlayParts = { directory: string; kind?: string; parts: string[] }

/**
 * The overlays whose builds show an edit of this folder: the folder itself, or for a component every overlay that includes
 * it, at any depth.
 */
export function buildableFrom(path: string, all: OverlayParts[]): string[] {
  if (all.find(({ directory }) => directory === path)?.kind !== "Component") return [path]
  const users = (part: string, seen: Set<string>): string[] =>
    all
      .filter(({ directory, parts }) => parts.includes(part) && !seen.has(directory))
      .flatMap(({ directory, kind }) => {
        seen.add(directory)
        const above = users(directory, seen)
        return kind === "Component" || above.length ? above : [directory]
      })
  const roots = users(path, new Set())
  if (roots.length) return roots.sort()
  throw new SlipwayError("OVERLAY_INVALID", {
    expected: `an overlay in this repository that includes the component ${path}`,
    got: "none",
    fix: `Edit the file without a build: --path=${path}/kustomization.yaml --edits=kustomize:<name>.`,
  })
}

function readYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: -1 }) ?? {}
  } catch (error) {
    return (error as Error).message.split("\n")[0]
  }
}
