import { z } from "zod"
import { parseJson } from "../config/file.ts"

/** A line of `go test -json`: https://pkg.go.dev/cmd/test2json#hdr-Output_Format */
const GoEvent = z.object({
  Action: z.string(),
  Package: z.string().optional(),
  ImportPath: z.string().optional(),
  Test: z.string().optional(),
  Elapsed: z.number().optional(),
  Output: z.string().optional(),
})
type GoEvent = z.infer<typeof GoEvent>

/** One test as Go reported its end; `output` is what it printed. */
export type GoTest = {
  package: string
  name: string
  status: "passed" | "failed" | "skipped"
  seconds: number
  output: string
}

export type GoReport = { text: string; tests: GoTest[] }

const ENDS: Record<string, GoTest["status"]> = { pass: "passed", fail: "failed", skip: "skipped" }
const NOISE = /^(=== (RUN|PAUSE|CONT|NAME)|\s*--- (PASS|SKIP))/

/**
 * Turns events back into what `go test` prints for people: package lines, and the output of tests that failed. Lines
 * that are no events (compiler errors of older releases, `go vet`) stay as they are.
 */
export function readGoEvents(output: string): GoReport {
  const lines = output.split("\n").map((line) => ({ line, event: readEvent(line) }))
  const tests = readTests(lines.flatMap(({ event }) => (event ? [event] : [])))
  const failed = new Set(
    tests.filter(({ status }) => status === "failed").map((test) => `${test.package} ${test.name}`),
  )
  const shows = (event: GoEvent) => event.Test === undefined || failed.has(testKey(event))
  const text = lines.map(({ line, event }) => {
    if (!event) return `${line}\n`
    return event.Output !== undefined && shows(event) && !NOISE.test(event.Output) ? event.Output : ""
  })
  return { text: `${text.join("").trimEnd()}\n`, tests }
}

function readEvent(line: string): GoEvent | undefined {
  return line.startsWith("{") ? GoEvent.safeParse(parseJson(line)).data : undefined
}

function readTests(events: GoEvent[]): GoTest[] {
  const outputs = new Map<string, string>()
  for (const event of events) {
    if (event.Test) outputs.set(testKey(event), (outputs.get(testKey(event)) ?? "") + (event.Output ?? ""))
  }
  return events.flatMap((event) => {
    const { Action, Package = "", Test: name, Elapsed: seconds = 0 } = event
    const status = ENDS[Action]
    const output = outputs.get(testKey(event)) ?? ""
    return status && name ? [{ package: Package, name, status, seconds, output }] : []
  })
}

function testKey({ Package = "", Test = "" }: GoEvent): string {
  return `${Package} ${Test}`
}
