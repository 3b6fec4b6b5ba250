import { z } from "zod"

// https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties
export const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  observedGeneration: z.number().optional(),
})
export type Condition = z.infer<typeof Condition>

export function conditionOf(conditions: Condition[], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type)
}

export function holds(conditions: Condition[], type: string): boolean {
  return conditionOf(conditions, type)?.status === "True"
}

/** A condition's reason and words, in one. */
export function wordsOf({ reason, message }: Pick<Condition, "reason" | "message">): string | undefined {
  return [reason, message].filter(Boolean).join(": ") || undefined
}
