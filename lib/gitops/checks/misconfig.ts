import type { Directory } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import { TRIVY } from "../../engine/tool.ts"
import { errorMessage, SlipwayError } from "../../error.ts"
import { SEVERITIES } from "../../scan/finding.ts"
import { runOffline } from "../../scan/offline.ts"
import { lastLines } from "../git/exec.ts"
import type { KubeObject } from "./objects.ts"
import type { Violation } from "./violations.ts"

const MANIFESTS = "/slipway/manifests"
const REPORT = "/slipway/misconfig.json"

/** Uses the checks that are embedded in Trivy, without network. */
export function misconfigArgs(severity: string): string[] {
  const from = SEVERITIES.indexOf(severity as (typeof SEVERITIES)[number])
  return [
    ...[TRIVY, "config", "--quiet", "--format", "json", "--output", REPORT, "--exit-code", "0"],
    ...["--misconfig-scanners", "kubernetes", "--severity", SEVERITIES.slice(from).join(",")],
    ...["--skip-check-update", "--skip-version-check", "--disable-telemetry", "--cache-dir", "/tmp/trivy", MANIFESTS],
  ]
}

const Report = z.object({
  SchemaVersion: z.literal(2),
  Results: z
    .array(
      z.object({
        Target: z.string(),
        Misconfigurations: z
          .array(
            z.object({
              ID: z.string(),
              Severity: z.string(),
              Title: z.string(),
              Message: z.string(),
              Status: z.string(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
})

/** Trivy lists only files with a finding or a check that ran. */
export function parseMisconfig(text: string, objects: KubeObject[]): Violation[] {
  const report = Report.safeParse(parseJson(text)).data
  if (!report) throw noReport("a report of another form")
  return report.Results.flatMap(({ Target, Misconfigurations }) => {
    const resource = objects.find(({ file }) => file === Target)?.name ?? Target
    return Misconfigurations.filter(({ Status }) => Status === "FAIL").map(({ ID, Severity, Title, Message }) => {
      return { check: "misconfig" as const, resource, rule: `${ID} ${Severity}`, message: Message || Title }
    })
  })
}

export async function runMisconfig(image: string, manifests: Directory, severity: string): Promise<string> {
  const trivy = { image, variables: {}, folders: { [MANIFESTS]: manifests }, volumes: {} }
  try {
    return await runOffline(trivy, misconfigArgs(severity)).file(REPORT).contents()
  } catch (error) {
    const { stderr } = (error ?? {}) as { stderr?: unknown }
    throw noReport(lastLines(typeof stderr === "string" && stderr.trim() ? stderr : errorMessage(error)))
  }
}

function noReport(got: string): SlipwayError {
  return new SlipwayError("CHECKER_FAILED", {
    expected: "Trivy to check the manifests for misconfigurations",
    got,
    fix: "Check --trivy-image. Nothing was pushed.",
  })
}
