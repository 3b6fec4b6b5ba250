import { posix } from "node:path"
import { parse } from "yaml"
import { z } from "zod"
import { SlipwayError } from "../error.ts"
import type { RepositoryPath } from "./repository-path.ts"

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
