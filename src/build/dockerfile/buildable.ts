import { SlipwayError } from "../../error.ts"
import type { Instruction } from "./lines.ts"
import { firstStage, type Stage } from "./stages.ts"

/** Refuses what would become another image than the one asked for, or break the engine, before anything is built. */
export function requireBuildable(stages: Stage[], target: Stage): void {
  requirePlatform(firstStage(stages, target), target)
  for (const instruction of stages.flatMap(({ instructions }) => instructions)) requireMount(instruction)
}

/** Docker labels such an image with the platform asked for, and its programs do not start there. */
function requirePlatform({ base, line }: Stage, { platform, target }: Stage): void {
  if (platform === target) return
  throw new SlipwayError("PLATFORM_MISSING", {
    expected: `an image for ${target}`,
    got: `FROM --platform=${platform} ${base} (Dockerfile, line ${line}), which the built stage begins from`,
    fix: "Leave --platform out there: only stages that others copy from may run on another platform.",
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
  const options = flag.slice("mount=".length).split(",")
  const type = options.find((option) => option.startsWith("type="))
  const writable = options.some((option) => /^(?:rw|readwrite)(?:=true|=1)?$/.test(option))
  return writable && (type === undefined || type === "type=bind")
}
