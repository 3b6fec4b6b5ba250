import { type Container, type Directory, dag, type File, type Platform, ReturnType } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson, readText } from "../config/file.ts"
import { readFatalResult, readToolResult, type ToolResult, within } from "../engine/tool.ts"
import { errorMessage, quote, SlipwayError } from "../error.ts"
import { type PlatformManifest, platformLayout } from "../oci/layout.ts"
import { blobPath } from "../oci/reference.ts"
import type { Observation, Order } from "./program/supervise.ts"

const WORK = "/.slipway"
const PROGRAM = `${WORK}/program`
const NODE = `${WORK}/node`
const ORDER = `${WORK}/order.json`
/** The files of the programs that run in containers with Node. */
export const PROGRAM_FILES = [
  "locate.mjs",
  "pack.mjs",
  "supervise.mjs",
  "inspect.ts",
  "listeners.ts",
  "pack.ts",
  "probe.ts",
  "supervise.ts",
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
    .withMountedDirectory(PROGRAM, program())
    .withMountedDirectory(`${WORK}/layout`, layout)
    .withExec(["node", `${PROGRAM}/pack.mjs`, `${WORK}/layout`, `${WORK}/image.tar`])
    .file(`${WORK}/image.tar`)
}

function program(): Directory {
  return PROGRAM_FILES.reduce(
    (folder, name) => folder.withNewFile(name, readText(new URL(`./program/${name}`, import.meta.url))),
    dag.directory(),
  )
}

const Runtime = z.object({ node: z.string(), loader: z.string(), libraries: z.array(z.string()) })

/** Node as it is started in any image: by the loader of its own image. */
export type NodeRuntime = { rootfs: Directory; args: string[] }

/** Node for a platform. That it runs shows that the engine can run the platform at all, so a failure is not the image's. */
export async function nodeRuntime(nodeImage: string, platform: string): Promise<NodeRuntime> {
  const node = dag.container({ platform: platform as Platform }).from(nodeImage)
  try {
    const text = await node
      .withMountedDirectory(PROGRAM, program())
      .withExec(["node", `${PROGRAM}/locate.mjs`])
      .stdout()
    return { rootfs: node.rootfs(), args: runtimeArgs(Runtime.parse(parseJson(text))) }
  } catch (error) {
    throw new SlipwayError("SMOKE_UNAVAILABLE", {
      expected: `an engine that runs ${platform} and an image ${quote(nodeImage)} for it, to start the image`,
      got: quote(errorMessage(error)),
      fix: `Use an engine that emulates ${platform}, pass a nodeImage that has it, or leave it out of smoke.platforms. The image was not started.`,
    })
  }
}

/** The command line that starts Node below another root: its own loader, with its own libraries. */
export function runtimeArgs({ node, loader, libraries }: z.infer<typeof Runtime>): string[] {
  return [`${NODE}${loader}`, "--library-path", libraries.map((path) => `${NODE}${path}`).join(":"), `${NODE}${node}`]
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
    .withMountedDirectory(NODE, runtime.rootfs)
    .withMountedDirectory(PROGRAM, program())
    .withMountedFile(ORDER, dag.file("order.json", JSON.stringify(order)))
    .with(prepare)
    .withExec([...runtime.args, `${PROGRAM}/supervise.mjs`, ORDER], { expect: ReturnType.Any })
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
