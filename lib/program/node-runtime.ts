import { type Container, type Directory, dag, type Platform } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson, readText } from "../config/file.ts"

const WORK = "/.slipway"
const NODE = `${WORK}/node`
/** Where a container has the programs of lib, each at its path in lib. */
export const PROGRAMS = `${WORK}/lib`

/** Node as it is started in any image: by the loader of its own image. */
export type NodeRuntime = { image: string; rootfs: Directory; args: string[] }

const LOCATE = ["program/elf.ts", "program/locate.mjs"]
const Located = z.object({ node: z.string(), loader: z.string(), libraries: z.array(z.string()) })

/** Node for a platform. That it runs shows that the engine can run the platform at all. */
export async function nodeRuntime(image: string, platform: string): Promise<NodeRuntime> {
  const node = dag.container({ platform: platform as Platform }).from(image)
  const text = await node
    .withMountedDirectory(PROGRAMS, programFolder(LOCATE))
    .withExec(["node", `${PROGRAMS}/program/locate.mjs`])
    .stdout()
  return { image, rootfs: node.rootfs(), args: runtimeArgs(Located.parse(parseJson(text))) }
}

/** The command line that starts Node below another root: its own loader, with its own libraries. */
export function runtimeArgs({ node, loader, libraries }: z.infer<typeof Located>): string[] {
  return [`${NODE}${loader}`, "--library-path", libraries.map((path) => `${NODE}${path}`).join(":"), `${NODE}${node}`]
}

/** Programs of lib with what they import, by their paths in lib. */
export function programFolder(paths: string[]): Directory {
  return paths.reduce(
    (folder, path) => folder.withNewFile(path, readText(new URL(`../${path}`, import.meta.url))),
    dag.directory(),
  )
}

/** Gives a container of any image Node, and programs of lib to run with it. */
export function withNode({ rootfs }: NodeRuntime, programs: string[]): (container: Container) => Container {
  return (container) =>
    container.withMountedDirectory(NODE, rootfs).withMountedDirectory(PROGRAMS, programFolder(programs))
}
