import type { Directory } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import type { ToolResult } from "../../engine/tool.ts"
import { isObject, type KubeObject, metadataOf, splitObjects } from "./objects.ts"
import { CHECKED, checkerFailure, runChecker } from "./offline-run.ts"
import type { Violation } from "./violations.ts"

const KYVERNO = "/ko-app/kubectl-kyverno"

/** `files` are those of the policies; kyverno treats a folder's other YAML as an error. */
export function kyvernoArgs(files: string[]): string[] {
  const policies = files.map((file) => `${CHECKED}/policies/${file}`)
  const report = ["--policy-report", "--output-format", "json", "--remove-color"]
  return ["apply", ...policies, "--resource", `${CHECKED}/manifests`, ...report]
}

/** Whether a file has a policy of Kyverno, or what belongs to one, such as an exception. */
export function hasPolicy(text: string): boolean {
  return splitObjects(text, "policies").some(({ value }) => isObject(value) && GROUP.test(String(value["apiVersion"])))
}
const GROUP = /^(?:policies\.)?kyverno\.io\//

const Result = z.object({
  policy: z.string(),
  rule: z.string().default(""),
  result: z.string(),
  message: z.string().default(""),
  resources: z
    .array(z.object({ kind: z.string(), name: z.string().default(""), namespace: z.string().default("") }))
    .default([]),
})
const Report = z.object({ results: z.array(Result).nullish() })

/** The results `fail` are violations, `warn` are notes, and an `error` of a rule is no verdict. */
export function parseKyverno(result: ToolResult, objects: KubeObject[]): { violations: Violation[]; notes: string[] } {
  const line = result.stdout.split("\n").find((text) => text.startsWith("{"))
  const report = Report.safeParse(parseJson(line ?? (NONE.test(result.stdout) ? "{}" : ""))).data
  const results = report?.results ?? []
  const [broken] = results.filter(({ result: verdict }) => verdict === "error")
  if (!report || broken || (result.exitCode !== 0 && !results.some(({ result: verdict }) => verdict === "fail"))) {
    throw failure(broken ? { ...result, stderr: `${broken.policy} ${broken.rule}: ${broken.message}` } : result)
  }
  const of = (verdict: string) =>
    results
      .filter((one) => one.result === verdict)
      .flatMap(({ policy, rule, message, resources }) =>
        resources.map((resource) => ({
          check: "kyverno" as const,
          resource: nameOf(resource, objects),
          rule: rule ? `${policy}/${rule}` : policy,
          message,
        })),
      )
  return {
    violations: of("fail"),
    notes: of("warn").map(({ resource, rule, message }) => `${resource}: ${message} (kyverno ${rule})`),
  }
}
const NONE = /pass: 0, fail: 0|no results/i

/** Kyverno reports an object without a namespace as one in "default". */
function nameOf({ kind, name, namespace }: z.infer<typeof Result>["resources"][number], objects: KubeObject[]): string {
  const found = objects.find(({ value }) => {
    const own = metadataOf(value)
    const same = own.namespace === undefined ? ["", "default"].includes(namespace) : own.namespace === namespace
    return value["kind"] === kind && own.name === name && same
  })
  return found?.name ?? [kind, ...(namespace ? [namespace] : []), name].join("/")
}

function failure(result: ToolResult) {
  return checkerFailure(
    "Kyverno",
    result,
    "Run kyverno apply on the rendered manifests with the policies of checks.kyverno.",
  )
}

type KyvernoRun = { image: string; shell: string; manifests: Directory; policies: Directory; files: string[] }

export async function runKyverno({ image, shell, manifests, policies, files }: KyvernoRun): Promise<ToolResult> {
  const folders = { manifests, policies }
  return await runChecker({ image, shell, program: KYVERNO, args: kyvernoArgs(files), folders })
}
