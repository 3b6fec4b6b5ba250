import { type Directory, dag } from "@dagger.io/dagger"
import { readText } from "../../config/file.ts"
import type { ToolResult } from "../../engine/tool.ts"
import { SlipwayError } from "../../error.ts"
import { lastLines } from "../git/exec.ts"

const PROGRAM = readText(new URL("./record-result.sh", import.meta.url))

/** Where the checked files are for every program. */
export const CHECKED = "/slipway/check"
const TOOL = "/slipway/tool"
const OUT = "/slipway/out"

/**
 * A program of `image`, at its path there; `shell` is an image with a shell and git, in which it runs, because most official
 * images have none. `folders` are mounted below CHECKED by name.
 */
export type OfflineCheck = {
  image: string
  shell: string
  program: string
  args: string[]
  folders: Record<string, Directory>
}

/**
 * Runs a program without network and without secrets: the policies that it runs come from a repository. The engine's API
 * cannot run an exec without network, but a build step can. Every exit code is a result.
 */
export async function runChecker({ image, shell, program, args, folders }: OfflineCheck): Promise<ToolResult> {
  const context = Object.entries(folders).reduce(
    (all, [name, folder]) => all.withDirectory(`folders/${name}`, folder),
    dag.directory().withNewFile("run", PROGRAM, { permissions: 0o755 }).withDirectory("folders", dag.directory()),
  )
  const ran = context.withNewFile("Dockerfile", checkerDockerfile([`${TOOL}${program}`, ...args])).dockerBuild({
    buildArgs: [
      { name: "TOOL", value: image },
      { name: "SHELL", value: shell },
    ],
  })
  const read = (name: string) => ran.file(`${OUT}/${name}`).contents()
  const [code, stdout, stderr] = await Promise.all([read("code"), read("stdout"), read("stderr")])
  return { exitCode: Number(code), stdout, stderr }
}

/** https://docs.docker.com/reference/dockerfile/#run---network */
export function checkerDockerfile(command: string[]): string {
  const mounts = [
    `--mount=type=bind,from=tool,target=${TOOL}`,
    "--mount=type=bind,source=run,target=/slipway/run",
    `--mount=type=bind,source=folders,target=${CHECKED}`,
  ]
  return [
    "ARG TOOL",
    "ARG SHELL",
    "FROM $TOOL AS tool",
    "FROM $SHELL",
    "USER 0",
    `WORKDIR ${OUT}`,
    ["RUN --network=none", ...mounts, JSON.stringify(["/slipway/run", OUT, ...command])].join(" "),
    "",
  ].join("\n")
}

/** The error of a program that gave no verdict. This never counts as "no violation". */
export function checkerFailure(name: string, { exitCode, stdout, stderr }: ToolResult, fix: string): SlipwayError {
  return new SlipwayError("CHECKER_FAILED", {
    expected: `${name} to check the manifests`,
    got: `exit code ${exitCode} (${lastLines(stderr.trim() ? stderr : stdout)})`,
    fix: `${fix} Nothing was pushed.`,
  })
}
