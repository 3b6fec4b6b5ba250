import { z } from "zod"

/** The records of the deployment in the source's forge. A failed one does not fail the run. */
export const DeploymentRecord = z.object({
  environment: z.string(),
  status: z.enum(["recorded", "failed"]),
  state: z
    .enum(["queued", "in_progress", "success", "failure", "inactive"])
    .describe("queued: in the GitOps branch, and nothing waited for the cluster"),
  id: z.number().optional().describe("the deployment's number in the forge"),
  linked: z
    .array(z.enum(["storage", "deployment"]))
    .optional()
    .describe("records of GitHub's linked artifacts"),
  message: z.string().optional().describe("the error, if it failed"),
})

export type DeploymentRecord = z.infer<typeof DeploymentRecord>
