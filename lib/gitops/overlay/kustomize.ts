import { posix } from "node:path"
import { parse } from "yaml"
import { z } from "zod"
import { isTimedOut, KUSTOMIZE } from "../../engine/tool.ts"
import { quote, SlipwayError } from "../../error.ts"
import { lastLines } from "../git/exec.ts"
import type { RepositoryPath } from "../request.ts"

/** The build as a controller does it: the options come from its own configuration, which the overlay does not name. */
export function buildArgs(path: string, options: string[] = []): string[] {
  return [KUSTOMIZE, "build", ...options, path]
}

// What Argo CD and Flux are given. None of them has kustomize run programs out of the repository (--enable-exec) or write
// somewhere (--output). The command of helm is a path in the image that the caller chose.
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
/** As kustomize's own help has it, with the value in a word of its own. */
const SPACED = /^(--[a-z-]+) (\S+)$/

/** Options of kustomize build as a controller's configuration has them; all others are refused. */
export function parseKustomizeOptions(options: string[]): string[] {
  return options.map((option) => {
    const text = option.trim().replace(SPACED, "$1=$2")
    if (OPTION.test(text)) return text
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: `options of kustomize build, of ${ALLOWED.map((one) => one.replace(/=.*/, "=…")).join(", ")}`,
      got: quote(option),
      fix: "Leave it out, or edit the one file without building it: --path=<folder>/kustomization.yaml --edits=kustomize:<name>.",
    })
  })
}

/** What kustomize says of an overlay that only builds as its controller builds it. */
const NEEDS_OPTIONS =
  /must specify --|--enable-|--load-restrictor|is not in or below|unable to run: 'helm|plugins? (?:is|are) disabled/
const NO_HELM = /unable to run: '[^']*helm|"helm": executable file not found|is '?helm'? installed/

/** Why an overlay does not build, and the way that works all the same. */
export function buildFailure(path: string, stderr: string): SlipwayError {
  return new SlipwayError("OVERLAY_INVALID", {
    expected: `${path} to build with kustomize`,
    got: lastLines(stderr),
    fix: `${fixOf(stderr)} Nothing was pushed.`,
  })
}

function fixOf(stderr: string): string {
  const byFile =
    "Or edit the one file without building it, by its path and the entry's name: --path=<folder>/kustomization.yaml --edits=kustomize:<name>."
  if (isTimedOut(stderr)) {
    return "Check the servers of its remote bases and charts, or raise --timeout."
  }
  if (NO_HELM.test(stderr)) {
    return `kustomize's own image has no helm: pass one that has both as --kustomize-image. ${byFile}`
  }
  if (NEEDS_OPTIONS.test(stderr)) {
    return `Pass the build options of the overlay's controller, such as --enable-helm or --load-restrictor=LoadRestrictionsNone, as --kustomize-options. ${byFile}`
  }
  return "Run kustomize build on it and correct what it says."
}

/** The names under which kustomize looks for it: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ */
const FILE_NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"]
/** Finds them with one glob, and a few files more that `overlaysIn` leaves out. */
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
    fix: "Run kustomize build on it and correct what it says.",
  })
}

/** The directories with a kustomization, and the file of each; two in one directory is what kustomize refuses too. */
export function overlaysIn(files: string[]): Map<string, string> {
  const found = files.filter((file) => FILE_NAMES.includes(posix.basename(file))).sort()
  return new Map(found.map((file) => [posix.dirname(file), file]))
}

/** The overlay's file, or an error that lists the overlays that the repository does have. */
export function requireOverlay(overlays: Map<string, string>, path: RepositoryPath): string {
  const file = overlays.get(path)
  if (file) return file
  const others = [...overlays.keys()].slice(0, 20).join(", ")
  throw new SlipwayError("OVERLAY_INVALID", {
    expected: `a kustomization.yaml in ${path}`,
    got: "none",
    fix: others ? `This repository has overlays in: ${others}.` : "This repository has no kustomization.yaml at all.",
  })
}

/**
 * What it is built from, inside the repository: anything remote (a URL) is left out. Only these lists may name a directory
 * outside its own, and each may hold YAML in place of a name.
 */
export function localParts(file: OverlayFile, directory: string): string[] {
  const { resources, bases, components, transformers, generators, validators } = file
  return [...resources, ...bases, ...components, ...transformers, ...generators, ...validators]
    .filter((part) => !part.includes("\n"))
    .filter((part) => !/^[a-z+]+:\/\/|^git@|\?ref=|^github\.com\//.test(part))
    .map((part) => posix.normalize(posix.join(directory, part)).replace(/\/$/, ""))
}

type Known = { directory: string; kind?: string; parts: string[] }

/**
 * What has to be built to see an edit of this folder: itself, or for a component every overlay that it is a part of,
 * however far below.
 */
export function buildableFrom(path: string, all: Known[]): string[] {
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
    expected: `an overlay in this repository with the component ${path}, to build it as a part of`,
    got: "none",
    fix: `Edit the one file without building it: --path=${path}/kustomization.yaml --edits=kustomize:<name>.`,
  })
}

function readYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: -1 }) ?? {}
  } catch (error) {
    return (error as Error).message.split("\n")[0]
  }
}
