import { troubleOf } from "../notify/notification.ts"
import { type NotificationContent, type NotifyOptions, notify } from "../notify/send.ts"
import { verdictText } from "./deployed-text.ts"
import { type DeployedRecord, recordOf } from "./record.ts"
import type { DeployedOutcome } from "./scan-deployed.ts"

/** Tells the webhook what a scan found, and adds what came of that. A webhook never changes the scan's result. */
export async function notifyDeployed(outcome: DeployedOutcome, options?: NotifyOptions): Promise<DeployedOutcome> {
  const notification = options && (await notify(deployedContent(recordOf(outcome)), options))
  return notification ? { ...outcome, notification } : outcome
}

/** What a webhook is told: the images that fail, and those with new findings. */
export function deployedContent(record: DeployedRecord): NotificationContent {
  const { ok, images } = record
  const told = images.filter(({ verdict, counts }) => verdict !== "passed" || counts.new > 0)
  return {
    ok,
    title: `Deployed images: ${verdictText(record)}`,
    subjects: told.map(({ ref, environments, findings, failure }) => {
      const [place] = environments
      const fresh = findings.filter(({ state }) => state === "new")
      return {
        image: ref,
        ...(place && { environment: `${place.path} on ${place.branch}` }),
        ...troubleOf(fresh, failure && { stage: "scan", ...failure }),
      }
    }),
  }
}
