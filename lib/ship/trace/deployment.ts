import type { Revision } from "../../config/revision.ts"
import { errorMessage, SlipwayError } from "../../error.ts"
import { askForge, DEPLOYMENT_FORGES } from "../../gitops/forge/deployment-forge.ts"
import type { Deployment, DeploymentStatus } from "../../gitops/forge/forge.ts"
import { type LinkedArtifact, linkDeployment, linkStorage } from "../../gitops/forge/linked-artifacts.ts"
import type { DigestRef } from "../../oci/reference.ts"
import type { DeploymentOptions, Step } from "../context.ts"
import type { SyncRecord } from "../record/record.ts"
import type { BumpFacts, RunFacts } from "../record/release-record.ts"
import type { DeploymentRecord } from "../record/trace-record.ts"

type Deployed = { ref: DigestRef; revision?: Revision; step: Step }

/**
 * Records the deployment after the bump, and its outcome after the wait for the cluster, if there is one. A failed record
 * never fails the delivery: the report says it.
 */
export async function recordDeployment(deployed: Deployed, wait: () => Promise<void>): Promise<void> {
  const { facts, options } = deployed.step
  const waits = options.sync !== undefined
  const deployment = deploymentOf(deployed)
  if (!deployment) return await wait()
  await write(deployment, beforeSync(facts.bump as BumpFacts, { waits }), deployed)
  try {
    await wait()
  } catch (error) {
    await write(deployment, afterSync(facts.sync, error), deployed)
    throw error
  }
  if (waits) await write(deployment, afterSync(facts.sync), deployed)
}

/** Nothing is recorded without a bump, for the bump of a newer release, and without a commit. */
function deploymentOf({ ref, revision, step }: Deployed): Deployment | undefined {
  const { options, facts } = step
  const { deployments, ci } = options
  const { bump } = facts
  if (!deployments || !revision || !bump || typeof bump === "string") return undefined
  if (bump.outcome.status === "superseded") return undefined
  return {
    environment: deployments.environment,
    image: ref,
    commit: revision.commit,
    ref: ci?.tag ?? ci?.branch ?? revision.branch ?? revision.commit,
    isTag: ci?.tag !== undefined,
    ...(ci?.url && { run: ci.url }),
    gitops: bump.outcome.status === "requested" ? bump.outcome.request.url : bump.outcome.commit,
  }
}

/** Without a wait, the state of the cluster is unknown, so the deployment stays queued. */
export function beforeSync({ outcome }: BumpFacts, { waits }: { waits: boolean }): DeploymentStatus {
  const place = outcome.status === "requested" ? outcome.request.url : outcome.commit
  if (waits) return { state: "in_progress", text: `Waiting for the cluster: ${place}` }
  return { state: "queued", text: `In the GitOps repository, not waited for: ${place}` }
}

/** The state after the wait; `error` ended the run. */
export function afterSync(sync: SyncRecord | undefined, error?: unknown): DeploymentStatus {
  switch (sync?.status) {
    case "live":
      return { state: "success", text: `Live after ${Math.round(sync.seconds)} s` }
    case "failed":
      return { state: "failure", text: sync.rollback ? `Failed, and rolled back to ${sync.rollback.ref}` : "Failed" }
    case "late":
      return { state: "failure", text: `Not live after ${Math.round(sync.seconds)} s` }
    case "blocked":
      return { state: "failure", text: "The cluster does not tell whether it runs the release" }
    case "skipped":
      return { state: "inactive", text: "A newer release holds the place" }
    case undefined:
      return { state: "failure", text: `The wait failed: ${error instanceof SlipwayError ? error.code : "unknown"}` }
  }
}

async function write(deployment: Deployment, status: DeploymentStatus, { step }: Deployed): Promise<void> {
  const { options, facts, measure } = step
  const { deployments } = options
  if (!deployments) return
  await measure("deployment", async () => {
    const { kind, environment, access } = deployments
    const before = facts.deployment
    const record: DeploymentRecord = { environment, status: "recorded", state: status.state }
    const linked = [...(before?.linked ?? [])]
    try {
      const ask = askForge(access)
      const { id } = await DEPLOYMENT_FORGES[kind].write({ place: access.place, deployment }, status, ask)
      record.id = id
      const artifact = linkedArtifact(deployment, { deployments, facts })
      if (artifact && !linked.includes("storage")) {
        await linkStorage({ place: access.place, artifact }, ask)
        linked.push("storage")
      }
      if (artifact && status.state === "success") {
        await linkDeployment({ place: access.place, artifact }, ask)
        linked.push("deployment")
      }
    } catch (error) {
      record.status = "failed"
      record.message = errorMessage(error)
    }
    facts.deployment = { ...record, ...(linked.length && { linked }) }
  })
}

/** The name of the deployment is that of its place in the GitOps repository. */
function linkedArtifact(
  { image, environment }: Deployment,
  { deployments: { linkedArtifacts, service }, facts }: { deployments: DeploymentOptions; facts: RunFacts },
): LinkedArtifact | undefined {
  if (!linkedArtifacts) return undefined
  const { bump, tags = [] } = facts
  const place = typeof bump === "object" ? bump.place : undefined
  const version = tags[0]?.name
  const deployment = [place?.path, service ?? place?.imageName].filter((part) => part).join("/") || environment
  return { image, environment, deployment, ...linkedArtifacts, ...(version && { version }) }
}
