import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { baseFaults, copySources } from "../../lib/dockerfile/base-images.ts"
import { type Instruction, readInstructions } from "../../lib/dockerfile/instructions.ts"
import { baseStage, readDockerfile, SCRATCH } from "../../lib/dockerfile/stages.ts"

/** What BuildKit's own parser makes of each file; test/e2e/dockerfile-oracle.test.ts asks it again. */
type Reading = {
  file: string
  case: { buildArgs?: Record<string, string>; target?: string }
  platform: string
  error?: string
  args?: Record<string, string>
  stages?: { name: string; base: string; platform?: string; line: number; commands: string[] }[]
}
const FOLDER = new URL("../fixtures/dockerfiles/", import.meta.url)
const read = (name: string) => readFileSync(new URL(name, FOLDER), "utf8")
const { readings } = JSON.parse(read("buildkit.json")) as { readings: Reading[] }

/** By file, and why. */
const DIFFERENCES: Record<string, string> = {}

/** Slipway's reading in the oracle's words. */
function readHere({ file, case: { buildArgs = {}, target }, platform }: Reading): Omit<Reading, "file" | "case"> {
  const platforms = { target: platform, build: "linux/amd64" }
  const { stages, args, faults } = readDockerfile(read(file), { platforms, buildArgs, ...(target && { target }) })
  const [fault] = [...faults, ...baseFaults(stages, args)]
  if (fault || stages.length === 0) return { platform, error: "refused" }
  return {
    platform,
    args: Object.fromEntries(
      Object.entries(args).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    stages: stages.map((stage) => ({
      name: stage.isNamed ? stage.name : "",
      base: stage.base,
      ...(startsOnOwnPlatform(stage, stages) && { platform: stage.platform }),
      line: stage.line,
      commands: stage.instructions.map(describeCommand),
    })),
  }
}

function startsOnOwnPlatform(stage: ReturnType<typeof readDockerfile>["stages"][number], stages: (typeof stage)[]) {
  return stage.from.flags.length > 0 && stage.base !== SCRATCH && !baseStage(stages, stage)
}

function describeCommand(instruction: Instruction): string {
  const sources = copySources(instruction.trigger ?? instruction).map(({ kind, name }) => `${kind}=${name}`)
  return [instruction.keyword, instruction.line, ...sources].join(" ")
}

/** A platform that does not count there: nothing of another stage, or of scratch, is looked up. */
function comparable({ platform, error, args = {}, stages = [] }: Reading, here: ReturnType<typeof readHere>) {
  if (error) return { platform, error: "refused" }
  return {
    platform,
    args,
    stages: stages.map(({ platform: own, ...stage }, at) => ({
      ...stage,
      ...(here.stages?.[at]?.platform && own && { platform: own }),
    })),
  }
}

const files = [...new Set(readings.map(({ file }) => file))]

describe("reads a Dockerfile as BuildKit does", () => {
  test.each(files.filter((file) => !DIFFERENCES[file]))("%s", (file) => {
    for (const reading of readings.filter((one) => one.file === file)) {
      const here = readHere(reading)
      expect({ ...here, case: reading.case }).toEqual({ ...comparable(reading, here), case: reading.case })
    }
  })
})

test("each file is compared on each platform, and each named difference is one", () => {
  expect(files.length).toBeGreaterThanOrEqual(120)
  expect(readings.length).toBeGreaterThanOrEqual(3 * files.length)
  expect(Object.keys(DIFFERENCES).filter((file) => !files.includes(file))).toEqual([])
})

test("a file that BuildKit reads has an instruction at least", () => {
  for (const { file, error } of readings) if (!error) expect(readInstructions(read(file))).not.toEqual([])
})
