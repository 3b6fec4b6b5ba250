import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { baseFaults, copySources } from "../../lib/dockerfile/base-images.ts"
import { type Instruction, readInstructions } from "../../lib/dockerfile/instructions.ts"
import { baseStage, readDockerfile, SCRATCH } from "../../lib/dockerfile/stages.ts"

/** The result of BuildKit's parser for each file; test/e2e/dockerfile-oracle.test.ts compares it with a fresh run. */
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

/** The reason for each file that Slipway reads differently. */
const DIFFERENCES: Record<string, string> = {}

/** Slipway's reading in the oracle's format. */
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

/** Drops a platform that has no effect: a stage on another stage, or on scratch, resolves no image. */
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

describe("reads a Dockerfile like BuildKit", () => {
  test.each(files.filter((file) => !DIFFERENCES[file]))("%s", (file) => {
    for (const reading of readings.filter((one) => one.file === file)) {
      const here = readHere(reading)
      expect({ ...here, case: reading.case }).toEqual({ ...comparable(reading, here), case: reading.case })
    }
  })
})

test("compares each file on each platform, and lists no difference for a missing file", () => {
  expect(files.length).toBeGreaterThanOrEqual(120)
  expect(readings.length).toBeGreaterThanOrEqual(3 * files.length)
  expect(Object.keys(DIFFERENCES).filter((file) => !files.includes(file))).toEqual([])
})

test("finds at least one instruction in each file that BuildKit accepts", () => {
  for (const { file, error } of readings) if (!error) expect(readInstructions(read(file))).not.toEqual([])
})
