import { z } from "zod"
import { Seconds, Text } from "./setting-values.ts"

/** Deployment records in the forge of the source. */
export const Deployments = z.strictObject({
  environment: Text.describe("name of the environment, such as production; of a service, with a slash and its name"),
  repo: Text.optional().describe("address of the source's repository; default that of the CI job"),
  forge: z.enum(["github", "gitlab"]).optional().describe("forge at the repository's host; default by the host's name"),
  endpoint: Text.optional().describe("address of the forge's API; default that of the host"),
  linkedArtifacts: z
    .boolean()
    .optional()
    .describe("also write storage and deployment records of GitHub's linked artifacts, by digest; default false"),
  cluster: Text.optional().describe("cluster in the deployment record of linkedArtifacts"),
})
export type DeploymentSettings = z.infer<typeof Deployments>

export const NotifyEvent = z.enum(["failure", "success", "newFindings"])
export type NotifyEvent = z.infer<typeof NotifyEvent>

/** One webhook. Its address, if it is a secret, and the key of its signature are arguments. */
export const Notify = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("address of the webhook; default --notify-url, for an address that is a secret"),
  format: z
    .enum(["json", "slack", "teams"])
    .optional()
    .describe("what the webhook takes: the summary as JSON, a message of Slack, or a card for Teams; default json"),
  on: z
    .array(NotifyEvent)
    .min(1)
    .optional()
    .describe("what it is told: failure, success, newFindings; default all three"),
  timeout: Seconds.max(60)
    .optional()
    .describe("longest wait for a response, in seconds, of two tries each; default 10"),
})
export type NotifySettings = z.infer<typeof Notify>
