import { type Container, type Directory, dag, type File, type Platform, ReturnType } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { readFatalResult, readToolResult, type ToolResult, within } from "../engine/tool.ts"
import { errorMessage, quote, SlipwayError } from "../error.ts"
import { type PlatformManifest, platformLayout } from "../oci/layout.ts"
import { blobPath } from "../oci/reference.ts"
import { type NodeRuntime, nodeRuntime, PROGRAMS, programFolder, withNode } from "../program/node-runtime.ts"
import type { Observation, Order } from "./program/supervise.ts"

const WORK = "/.slipway"
const ORDER = `${WORK}/order.json`
/** The programs that run in containers with Node, with what they import. */
export const PROGRAM_FILES = [
  "program/elf.ts",
  "smoke/program/inspect.ts",
  "smoke/program/listeners.ts",
  "smoke/program/pack.mjs",
  "smoke/program/pack.ts",
  "smoke/program/probe.ts",
  "smoke/program/supervise.mjs",
  "smoke/program/supervise.ts",
]

/**
 * A container of exactly the bytes that are pushed. The engine reads each blob by its own hash, so that index.json's digest
 * leads to this manifest, config and layers or to an error.
 */
export function importImage(layout: Directory, manifest: PlatformManifest, nodeImage: string): Container {
  const { digest, manifest: image, platform } = manifest
  const blobs = [digest, image.config.digest, ...image.layers.map((layer) => layer.digest)]
  const own = layout.filter({ include: ["oci-layout", ...blobs.map(blobPath)] })
  return dag.container({ platform: platform as Platform }).import_(packed(platformLayout(own, manifest), nodeImage))
}

function packed(layout: Directory, nodeImage: string): File {
  return dag
    .container()
    .from(nodeImage)
    .withMountedDirectory(PROGRAMS, programFolder(PROGRAM_FILES))
    .withMountedDirectory(`${WORK}/layout`, layout)
    .withExec(["node", `${PROGRAMS}/smoke/program/pack.mjs`, `${WORK}/layout`, `${WORK}/image.tar`])
    .file(`${WORK}/image.tar`)
}

/** Node for a platform. If it does not run, the engine cannot run the platform, so that is not the image's failure. */
export async function platformRuntime(nodeImage: string, platform: string): Promise<NodeRuntime> {
  try {
    return await nodeRuntime(nodeImage, platform)
  } catch (error) {
    throw new SlipwayError("SMOKE_UNAVAILABLE", {
      expected: `an engine that runs ${platform} and an image ${quote(nodeImage)} for it, to start the image`,
      got: quote(errorMessage(error)),
      fix: `Use an engine that emulates ${platform}, pass a nodeImage that has it, or leave it out of smoke.platforms. The image was not started.`,
    })
  }
}

/** An image with what it needs; `prepare` adds services and what keeps a run from the cache. */
type Start = {
  image: Container
  /** The names of the image's own variables, which are for its program and not for Node. */
  variables: string[]
  platform: string
  order: Order
  runtime: NodeRuntime
  prepare: (container: Container) => Container
}

/** Time for the engine to prepare the container, besides the program's own limits. In seconds. */
const ENGINE_SECONDS = 600

/** Starts an image in its own container, as its own user, and returns what happened. */
export async function observeStart({
  image,
  variables,
  platform,
  order,
  runtime,
  prepare,
}: Start): Promise<Observation> {
  const container = variables
    .reduce((all, name) => all.withoutEnvVariable(name), image)
    .with(withNode(runtime, PROGRAM_FILES))
    .withMountedFile(ORDER, dag.file("order.json", JSON.stringify(order)))
    .with(prepare)
    .withExec([...runtime.args, `${PROGRAMS}/smoke/program/supervise.mjs`, ORDER], { expect: ReturnType.Any })
  const seconds = order.seconds + order.steady + order.settle + ENGINE_SECONDS
  const ran = readToolResult(container).catch((error: unknown) => failedExec(error, platform))
  const result = await within(seconds, ran, () => {
    throw unavailable(platform, `no end within ${seconds} s`)
  })
  return parseObservation(result, platform)
}

function failedExec(error: unknown, platform: string): ToolResult {
  const result = readFatalResult(error)
  if (result) return result
  throw unavailable(platform, errorMessage(error))
}

const Observed = z.object({ startedAt: z.number(), end: z.looseObject({ kind: z.string() }), log: z.string() })

/** The observation, from the output of the program in the container. */
export function parseObservation({ exitCode, stdout, stderr }: ToolResult, platform: string): Observation {
  const parsed = parseJson(stdout)
  if (exitCode === 0 && Observed.safeParse(parsed).success) return parsed as Observation
  throw unavailable(platform, `exit code ${exitCode}: ${stderr.trim().slice(-500) || stdout.slice(-500)}`)
}

function unavailable(platform: string, got: string): SlipwayError {
  const user = /unable to find user ([^\s:]+)/.exec(got)?.[1]
  if (user !== undefined) {
    return new SlipwayError("SMOKE_FAILED", {
      expected: `the image to start on ${platform}`,
      got: `its user ${quote(user)}, which is not in its /etc/passwd`,
      fix: "Create the user in the final stage of the Dockerfile, or write USER with a number.",
    })
  }
  return new SlipwayError("SMOKE_UNAVAILABLE", {
    expected: `the engine to start the image on ${platform}`,
    got: quote(got),
    fix: "Run it again; if it persists, look at the engine's log, or set smoke: false. That is not a verdict about the image.",
  })
}
