import type { Directory } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import type { ToolResult } from "../../engine/tool.ts"
import type { KubeObject } from "./objects.ts"
import { CHECKED, checkerFailure, runChecker } from "./offline-run.ts"
import type { Violation } from "./violations.ts"

const CONFTEST = "/conftest"

/** All namespaces: a rule in another package than main would silently not count. */
export function conftestArgs(): string[] {
  const paths = ["--policy", `${CHECKED}/policies`, `${CHECKED}/manifests`]
  return ["test", "--all-namespaces", "--no-color", "--output", "json", ...paths]
}

const Finding = z.object({ msg: z.string(), metadata: z.object({ query: z.string().optional() }).optional() })
const Report = z.array(
  z.object({
    filename: z.string(),
    namespace: z.string(),
    successes: z.number().default(0),
    failures: z.array(Finding).default([]),
    warnings: z.array(Finding).default([]),
  }),
)

/** Rules called warn are notes; policies of which no rule ran would pass everything, so they are an error. */
export function parseConftest(result: ToolResult, objects: KubeObject[]): { violations: Violation[]; notes: string[] } {
  const report = Report.safeParse(parseJson(result.stdout)).data
  if (!report || result.exitCode > 1) throw failure(result)
  const ran = report.some(({ successes, failures, warnings }) => successes + failures.length + warnings.length > 0)
  const unread = objects.find(({ file }) => !report.some(({ filename }) => filename.endsWith(`/${file}`)))
  if (unread || !ran) throw failure({ ...result, stderr: unread ? `nothing about ${unread.name}` : "no rule ran" })
  const nameOf = (filename: string) => objects.find(({ file }) => filename.endsWith(`/${file}`))?.name ?? filename
  return {
    violations: report.flatMap(({ filename, namespace, failures }) =>
      failures.map(({ msg: message, metadata }) => ({
        check: "conftest" as const,
        resource: nameOf(filename),
        rule: metadata?.query?.replace(/^data\./, "") ?? namespace,
        message,
      })),
    ),
    notes: report.flatMap(({ filename, warnings }) =>
      warnings.map(({ msg }) => `${nameOf(filename)}: ${msg} (conftest)`),
    ),
  }
}

function failure(result: ToolResult) {
  return checkerFailure(
    "Conftest",
    result,
    "Run conftest test on the rendered manifests with the policies of checks.conftest.",
  )
}

type ConftestRun = { image: string; shell: string; manifests: Directory; policies: Directory }

export async function runConftest({ image, shell, manifests, policies }: ConftestRun): Promise<ToolResult> {
  return await runChecker({ image, shell, program: CONFTEST, args: conftestArgs(), folders: { manifests, policies } })
}
