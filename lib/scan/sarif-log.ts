import { z } from "zod"
import { quote, SlipwayError } from "../error.ts"
import { parseReport } from "./report.ts"

// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html: the parts in which scanners say what they found
const Properties = z.record(z.string(), z.unknown()).default({})
const Level = z.enum(["none", "note", "warning", "error"])
const Message = z.object({ text: z.string().default("") }).default({ text: "" })
const Help = z
  .object({ text: z.string().default(""), markdown: z.string().default("") })
  .default({ text: "", markdown: "" })
const Rule = z.object({
  id: z.string(),
  shortDescription: Message,
  fullDescription: Message,
  help: Help,
  helpUri: z.string().optional(),
  defaultConfiguration: z.object({ level: Level.optional() }).optional(),
  properties: Properties,
})
const Location = z.object({
  physicalLocation: z.object({ artifactLocation: z.object({ uri: z.string().optional() }) }).optional(),
  logicalLocations: z.array(z.object({ fullyQualifiedName: z.string().optional() })).default([]),
})
const Result = z
  .object({
    ruleId: z.string().optional(),
    ruleIndex: z.number().optional(),
    rule: z.object({ id: z.string().optional(), index: z.number().optional() }).optional(),
    kind: z.string().default("fail"),
    level: Level.optional(),
    baselineState: z.string().optional(),
    message: Message,
    locations: z.array(Location).default([]),
    suppressions: z
      .array(z.object({ status: z.string().optional(), justification: z.string().optional() }))
      .default([]),
    properties: Properties,
  })
  .refine(
    (result) =>
      [result.ruleId, result.ruleIndex, result.rule?.id, result.rule?.index].some((name) => name !== undefined),
    "a result names no rule",
  )
const Notification = z.object({ level: Level.default("warning"), message: Message })
const Invocation = z.object({
  executionSuccessful: z.boolean().optional(),
  exitCodeDescription: z.string().optional(),
  toolExecutionNotifications: z.array(Notification).default([]),
  toolConfigurationNotifications: z.array(Notification).default([]),
})
const Driver = z.object({
  name: z.string(),
  version: z.string().optional(),
  semanticVersion: z.string().optional(),
  informationUri: z.string().optional(),
  rules: z.array(Rule).default([]),
})
const Run = z.object({
  tool: z.object({ driver: Driver }),
  invocations: z.array(Invocation).default([]),
  // Not optional: a run without results is one that did not look (section 3.14.23).
  results: z.array(Result),
})
const Sarif = z.object({ version: z.literal("2.1.0"), runs: z.array(Run).min(1) })

export type SarifRule = z.infer<typeof Rule>
export type SarifResult = z.infer<typeof Result>
export type SarifRun = z.infer<typeof Run>

/** Reads a SARIF file. One whose scanner says itself that it broke is an error, never "nothing found". */
export function parseSarif(text: string): SarifRun[] {
  const { runs } = parseReport(Sarif, text, {
    what: "SARIF 2.1.0",
    fix: "Give the file that the scanner wrote as SARIF, whole; a scanner that found nothing writes an empty list.",
  })
  for (const { tool, invocations } of runs)
    for (const invocation of invocations) requireDone(tool.driver.name, invocation)
  return runs
}

function requireDone(scanner: string, invocation: z.infer<typeof Invocation>): void {
  const { executionSuccessful, exitCodeDescription, ...notifications } = invocation
  const errors = Object.values(notifications)
    .flat()
    .filter(({ level }) => level === "error")
    .map(({ message }) => quote(message.text))
  if (executionSuccessful !== false && !errors.length) return
  throw new SlipwayError("SCANNER_FAILED", {
    expected: `a report of a ${scanner} that did its work`,
    got:
      errors.join(", ") ||
      exitCodeDescription ||
      "one that says of itself that it did not (executionSuccessful: false)",
    fix: "This says nothing about the image: it was not judged. Run the scanner again, with its database.",
  })
}
