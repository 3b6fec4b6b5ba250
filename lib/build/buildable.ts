import { mountFields } from "../dockerfile/base-images.ts"
import type { Instruction } from "../dockerfile/instructions.ts"
import { firstStage, type Stage } from "../dockerfile/stages.ts"
import { SlipwayError } from "../error.ts"

/** Refuses what would become another image than the one asked for, or break the engine, before anything is built. */
export function requireBuildable(stages: Stage[], target: Stage): void {
  requirePlatform(firstStage(stages, target), target)
  for (const instruction of stages.flatMap(({ instructions }) => instructions)) requireMount(instruction)
}

/** Docker labels such an image with the platform asked for, and its programs do not start there. */
function requirePlatform({ base, line, from }: Stage, { platform, target }: Stage): void {
  if (platform === target) return
  const isFixed = from.flags.some((flag) => /^platform=[^$]*$/.test(flag))
  throw new SlipwayError("PLATFORM_MISSING", {
    expected: `an image for ${target}`,
    got: `FROM --platform=${platform} ${base} (Dockerfile, line ${line}), which the built stage begins from`,
    fix: isFixed
      ? `Leave --platform out there, or build for ${platform} alone: platforms: [${platform}] in slipway.yaml, or --platforms=${platform}.`
      : "Leave --platform out there: only stages that others copy from may run on another platform.",
  })
}

function requireMount({ keyword, flags, line }: Instruction): void {
  const mount = keyword === "RUN" && flags.find((flag) => isWritableBind(flag))
  if (!mount) return
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "bind mounts that are only read, as is the default",
    got: `RUN --${mount} (Dockerfile, line ${line})`,
    fix: "Dagger's engine cannot build with it: leave rw out, and COPY what the command has to change.",
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

/** Without a value it is true, and Go reads the value: https://pkg.go.dev/strconv#ParseBool */
function isWritable([key, value = "true"]: readonly [string, string?]): boolean {
  return /^(?:1|t|true)$/i.test(value) === (key === "rw" || key === "readwrite")
}
