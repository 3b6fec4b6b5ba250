import type { NotificationRecord } from "../../notify/notification.ts"
import type { ReleaseRecord } from "../record/record.ts"
import type { DeploymentRecord } from "../record/trace-record.ts"

/** The record of the deployment in one line; a failed one is loud, because it does not fail the run. */
export function deploymentText({ environment, status, state, id, linked, message = "" }: DeploymentRecord): string {
  const also = linked ? `, linked artifacts: ${linked.join(" and ")} record` : ""
  if (status === "failed") return `NOT RECORDED for ${environment}${also}: ${message}`
  return `${environment} ${state}${id === undefined ? "" : `, deployment ${id}`}${also}`
}

/** What the webhook was told, in one line. */
export function notificationText({ event, status, host, message = "" }: NotificationRecord): string {
  return status === "sent" ? `${host} of ${event}` : `NOT SENT (${event}): ${message}`
}

/** Who asked, and how many secrets went where; release.json and the page have the table. */
export function auditLines({ audit, ci }: Pick<ReleaseRecord, "audit" | "ci">): string[] {
  const { secrets = [], unused = [] } = audit ?? {}
  if (secrets.length + unused.length === 0 && !ci?.actor) return []
  const given = new Set(secrets.map(({ argument }) => argument)).size
  const rest = unused.length ? `; nothing got ${unused.join(", ")}` : ""
  const asked = ci?.actor ? `asked by ${ci.actor}; ` : ""
  return [`${asked}${given} ${given === 1 ? "secret" : "secrets"} given to tools${rest}`]
}
