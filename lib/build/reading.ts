import { type Directory, dag, ExistsType } from "@dagger.io/dagger"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { readRevision } from "../config/checkout.ts"
import { hasFile, readOptionalFile, readSourceFile } from "../config/file.ts"
import type { Revision } from "../config/revision.ts"
import { SETTINGS_FILE } from "../config/settings-file.ts"
import { type BaseImage, baseImages, mountFields, requireReadable } from "../dockerfile/base-images.ts"
import type { Instruction } from "../dockerfile/instructions.ts"
import { findDockerfiles, readIgnore } from "../dockerfile/location.ts"
import { type Dockerfile, firstStage, readDockerfile, requireStage, type Stage } from "../dockerfile/stages.ts"
import { SlipwayError } from "../error.ts"
import { type BuildRequest, parseRequest, type RequestOptions } from "./request.ts"

/** `gitImage` can be any image with git. */
export type ReadOptions = RequestOptions & { gitImage?: string }

/** The Dockerfile as one platform's build sees it, and the stage that it builds. */
type PlatformStages = { platform: string; file: Dockerfile; target: Stage }

/** Everything that determines a build, before any of it runs. `build` is the engine's platform. */
export type BuildReading = {
  request: BuildRequest
  recipe: Recipe
  build: string
  perPlatform: PlatformStages[]
  bases: BaseImage[]
  revision?: Revision
  license?: string
}

/** Reads a build, and refuses one that cannot succeed. `known` saves a second read of the source's revision. */
export async function readBuild(
  source: Directory,
  options: ReadOptions,
  known?: Promise<Revision | undefined>,
): Promise<BuildReading> {
  const request = parseRequest(options)
  const [recipe, revision, license, build] = await Promise.all([
    findRecipe(source, request),
    known ?? readRevision(source, options.gitImage ?? KUSTOMIZE_IMAGE),
    readLicense(source),
    dag.defaultPlatform(),
  ])
  const perPlatform = readPerPlatform(recipe, { request, build })
  for (const { file, target } of perPlatform) requireBuildable(file.stages, target)
  const bases = perPlatform.flatMap(({ file, target }) => baseImages(file.stages, target))
  return { request, recipe, build, perPlatform, bases, ...(revision && { revision }), ...(license && { license }) }
}

function readPerPlatform(
  { text }: Recipe,
  { request, build }: { request: BuildRequest; build: string },
): PlatformStages[] {
  return request.platforms.map((platform) => {
    const { buildArgs, target } = request
    const file = readDockerfile(text, { platforms: { target: platform, build }, buildArgs, ...(target && { target }) })
    const stage = requireStage(file.stages, target)
    requireReadable(file)
    return { platform, file, target: stage }
  })
}

async function readLicense(source: Directory): Promise<string | undefined> {
  const name = (await source.entries()).find((entry) => /^(?:LICEN[CS]E|COPYING)(?:\.(?:md|txt))?$/i.test(entry))
  const text = name && (await readOptionalFile(source, name))
  return text ? licenseName(text) : undefined
}

/** The input of a build: the context, without .git by default, the Dockerfile's text, and the ignore file that applies. */
export type Recipe = { context: Directory; text: string; ignore?: string }

/** Finds the Dockerfile in the context, like Docker's default, or else in the source, like Docker's -f. */
export async function findRecipe(source: Directory, request: BuildRequest): Promise<Recipe> {
  const { dockerfile, keepGitDir } = request
  const whole = await findContext(source, request)
  const context = keepGitDir ? whole : whole.withoutDirectory(".git")
  const [inContext, inSource] = await Promise.all([hasFile(context, dockerfile), hasFile(source, dockerfile)])
  if (!inContext && !inSource) throw await dockerfileNotFound({ source, folder: whole }, request)
  const root = inContext ? context : source
  const [text, ignore] = await Promise.all([
    readSourceFile(root, dockerfile),
    readIgnore(context, { folder: root, dockerfile }),
  ])
  return { context, text, ...(ignore !== undefined && { ignore }) }
}

async function findContext(source: Directory, { context }: BuildRequest): Promise<Directory> {
  if (context === ".") return source
  if (await source.exists(context, { expectedType: ExistsType.DirectoryType })) return source.directory(context)
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a folder ${context} in the source as the build context`,
    got: await listing(source),
    fix: "Pass one of the source's folders with --context.",
  })
}

type Folders = { source: Directory; folder: Directory }

async function dockerfileNotFound(
  { source, folder }: Folders,
  { context, dockerfile }: BuildRequest,
): Promise<SlipwayError> {
  const below = context === "." && dockerfile === "Dockerfile" ? await unnamedDockerfiles(source) : []
  if (below.length > 0) {
    return new SlipwayError("DOCKERFILE_NOT_FOUND", {
      expected: `a Dockerfile at ${dockerfile} in ${context}, or a ${SETTINGS_FILE} that configures the build`,
      got: `Dockerfiles at ${below.slice(0, MOST_LISTED).join(", ")}`,
      fix: `Run init, which writes a ${SETTINGS_FILE} for these Dockerfiles, or pass one with --dockerfile and its folder with --context. Nothing was built.`,
    })
  }
  return new SlipwayError("DOCKERFILE_NOT_FOUND", {
    expected: `a Dockerfile at ${dockerfile} in ${context}`,
    got: await listing(folder),
    fix: "Set its path with --dockerfile, and its folder with --context. Nothing was built.",
  })
}

/** The Dockerfiles below the root of a source without settings. */
async function unnamedDockerfiles(source: Directory): Promise<string[]> {
  if (await hasFile(source, SETTINGS_FILE)) return []
  return (await findDockerfiles(source)).filter((path) => path.includes("/"))
}

const MOST_LISTED = 20

async function listing(folder: Directory): Promise<string> {
  return (await folder.entries()).slice(0, MOST_LISTED).join(", ") || "an empty directory"
}

/** Refuses, before the build, a Dockerfile that would build an image for the wrong platform or break the engine. */
export function requireBuildable(stages: Stage[], target: Stage): void {
  requirePlatform(firstStage(stages, target), target)
  for (const instruction of stages.flatMap(({ instructions }) => instructions)) requireMount(instruction)
}

/** Docker would label such an image with the requested platform, although its programs do not start there. */
function requirePlatform({ base, line, from }: Stage, { platform, target }: Stage): void {
  if (platform === target) return
  const isFixed = from.flags.some((flag) => /^platform=[^$]*$/.test(flag))
  throw new SlipwayError("PLATFORM_MISSING", {
    expected: `an image for ${target}`,
    got: `FROM --platform=${platform} ${base} (Dockerfile, line ${line}) as the base of the built stage`,
    fix: isFixed
      ? `Remove --platform there, or build for ${platform} only: set platforms: [${platform}] in slipway.yaml, or --platforms=${platform}.`
      : "Remove --platform there: only stages that others copy from may run on another platform.",
  })
}

function requireMount({ keyword, flags, line }: Instruction): void {
  const mount = keyword === "RUN" && flags.find((flag) => isWritableBind(flag))
  if (!mount) return
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "read-only bind mounts, which are the default",
    got: `RUN --${mount} (Dockerfile, line ${line})`,
    fix: "Remove rw, and COPY what the command has to change: Dagger's engine does not support writable bind mounts.",
  })
}

/** https://docs.docker.com/reference/dockerfile/#run---mounttypebind: bind is the default type. */
function isWritableBind(flag: string): boolean {
  if (!flag.startsWith("mount=")) return false
  const options = mountFields(flag.slice("mount=".length)).map(([key, value]) => [key.toLowerCase(), value] as const)
  const type = options.findLast(([key]) => key === "type")?.[1]
  const access = options.findLast(([key]) => ["rw", "readwrite", "ro", "readonly"].includes(key))
  return access !== undefined && isWritable(access) && (type === undefined || type.toLowerCase() === "bind")
}

/** An option without a value is true; BuildKit parses a value with Go's https://pkg.go.dev/strconv#ParseBool */
function isWritable([key, value = "true"]: readonly [string, string?]): boolean {
  return /^(?:1|t|true)$/i.test(value) === (key === "rw" || key === "readwrite")
}

/** Common licence texts by a phrase that is unique to each. The order matters: the text of the AGPL names the GPL. */
const PHRASES: [RegExp, string][] = [
  [/Apache License\s+Version 2\.0/, "Apache-2.0"],
  [/GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3/, "AGPL-3.0-only"],
  [/GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3/, "LGPL-3.0-only"],
  [/GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1/, "LGPL-2.1-only"],
  [/GNU GENERAL PUBLIC LICENSE\s+Version 3/, "GPL-3.0-only"],
  [/GNU GENERAL PUBLIC LICENSE\s+Version 2/, "GPL-2.0-only"],
  [/Mozilla Public License,? Version 2\.0/i, "MPL-2.0"],
  [/Eclipse Public License - v 2\.0/i, "EPL-2.0"],
  [/Permission is hereby granted, free of charge, to any person obtaining a copy/, "MIT"],
  [/Permission to use, copy, modify, and\/or distribute this software for any\s+purpose/, "ISC"],
  [/Neither the name of [\s\S]+ nor the names of/, "BSD-3-Clause"],
  [/Redistribution and use in source and binary forms/, "BSD-2-Clause"],
  [/This is free and unencumbered software released into the public domain/, "Unlicense"],
]

/** The SPDX identifier of a licence text; undefined for an unknown text. */
export function licenseName(text: string): string | undefined {
  const head = text.slice(0, 4000)
  const named = head.match(/SPDX-License-Identifier:\s*([A-Za-z0-9.+() -]+)/)?.[1]?.trim()
  return named ?? PHRASES.find(([phrase]) => phrase.test(head))?.[1]
}
