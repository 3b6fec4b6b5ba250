import { z } from "zod"

const ViolationRecord = z.object({
  check: z.enum(["kubeconform", "misconfig", "conftest", "kyverno", "admission"]),
  resource: z.string().describe("kind/namespace/name of the object"),
  rule: z.string(),
  message: z.string(),
})
/** What the checks of the rendered manifests found. */
export const CheckRecord = z.object({
  checks: z.array(ViolationRecord.shape.check).describe("the checks that ran"),
  rendered: z.array(z.string()).describe("how the manifests were rendered"),
  objects: z.number(),
  added: z.array(ViolationRecord).describe("violations that the bump adds, which refuse it"),
  present: z.array(ViolationRecord).describe("violations that were there before the bump"),
  resolved: z.array(ViolationRecord),
  notes: z.array(z.string()),
})
/** The branch of the rendered manifests, after the same push. */
export const RenderedRecord = z.object({
  branch: z.string(),
  files: z.array(z.string()),
  commit: z.string().optional().describe("none if the branch had the same manifests already"),
})

export type CheckRecord = z.infer<typeof CheckRecord>
