import type { ServiceSettings } from "../../config/services.ts"
import type { WaitSettings } from "../../config/settings.ts"
import { SlipwayError } from "../../error.ts"
import { digestOf } from "../../oci/reference.ts"
import type { ApiInput } from "../../sync/cluster-api.ts"
import { planSync } from "../../sync/wait-for-sync.ts"
import type { SyncOptions } from "../context.ts"
import type { Destination } from "../delivery.ts"

/** The arguments, else what the settings say. */
type WaitFlags = { wait?: boolean; rollbackOnFailure?: boolean; cluster: ApiInput }

const DEFAULTS = { timeout: 600, settle: 15, mergeTimeout: 3600, rollbackOnFailure: false }

/**
 * The wait after a bump. Its options and its access are checked before anything runs: a release that cannot be waited for
 * must not fail after it is deployed. A rehearsal, which deploys nothing, has no wait and needs no access.
 */
export async function syncOptions(
  { wait, rollbackOnFailure, cluster }: WaitFlags,
  settings: Pick<ServiceSettings, "wait">,
  { destination }: { destination: Destination },
): Promise<SyncOptions | undefined> {
  if (destination.kind === "rehearsal") return undefined
  const read = waitSettings(wait, settings)
  if (!read) {
    if (rollbackOnFailure) throw noWait()
    return undefined
  }
  const found = { ...read, ...(rollbackOnFailure !== undefined && { rollbackOnFailure }) }
  if (!destination.bump) throw noBump()
  if (found.rollbackOnFailure && destination.bump.charts) throw noChartRollback()
  const options = { ...DEFAULTS, ...found, api: cluster }
  // any release serves to check them
  await planSync({ ...options, commit: "0".repeat(40), ref: `${destination.repository.name}@${digestOf("")}` })
  return options
}

function waitSettings(flag: boolean | undefined, { wait }: Pick<ServiceSettings, "wait">): WaitSettings | undefined {
  if (flag === false) return undefined
  if (wait || !flag) return wait || undefined
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "wait.resources in slipway.yaml with --wait",
    got: "none",
    fix: "Set it to what deploys the image, such as wait: { resources: [deployment/shop/hello] }.",
  })
}

function noWait(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "wait.resources in slipway.yaml with --rollback-on-failure",
    got: "a run that does not wait for the cluster",
    fix: "Set it to what deploys the image, such as wait: { resources: [deployment/shop/hello] }, or omit --rollback-on-failure.",
  })
}

/** A rollback restores one image or chart, so the other would stay: half a release. */
function noChartRollback(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "wait.rollbackOnFailure: false with chart.gitops",
    got: "true",
    fix: "Remove it: image and chart would have to be rolled back together. Roll back by git revert of the bump's commit.",
  })
}

function noBump(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "gitops.repo and gitops.path in slipway.yaml with wait",
    got: "none",
    fix: "Set them, or omit wait (--wait=false for one run): without a bump, the cluster gets nothing new.",
  })
}
