import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import { splitDigestRef } from "../../oci/reference.ts"
import type { Deployment, DeploymentStatus, ForgeCall, ForgePlace, WriteDeployment } from "./forge.ts"

const Created = z.object({ id: z.number() })
const Payload = z.object({ digest: z.string() })
/** GitHub returns the payload as it was sent, or as text. */
const Listed = z.array(Created.extend({ payload: z.unknown() }))
const Statuses = z.array(z.object({ state: z.string() }))

/** GitHub cuts off no longer text, it refuses it. */
const LONGEST_TEXT = 140

/** https://docs.github.com/en/rest/deployments/deployments#list-deployments */
export function listCall({ endpoint, repository }: ForgePlace, { commit, environment }: Deployment): ForgeCall {
  const query = new URLSearchParams({ sha: commit, environment, task: "deploy", per_page: "100" })
  return { method: "GET", url: `${endpoint}/repos/${repository}/deployments?${query}` }
}

/** Without auto_merge and required_contexts GitHub would merge the default branch, or refuse while this job is running. */
export function createCall({ endpoint, repository }: ForgePlace, deployment: Deployment): ForgeCall {
  const { commit, environment, image, run, gitops } = deployment
  const { digest } = splitDigestRef(image)
  return {
    method: "POST",
    url: `${endpoint}/repos/${repository}/deployments`,
    body: {
      ...{ ref: commit, task: "deploy", auto_merge: false, required_contexts: [], environment },
      description: shorten(image),
      payload: { digest, image, commit, gitops, ...(run && { run }) },
    },
  }
}

export function statusesCall({ endpoint, repository }: ForgePlace, id: number): ForgeCall {
  return { method: "GET", url: `${endpoint}/repos/${repository}/deployments/${id}/statuses?per_page=1` }
}

/** A success makes GitHub mark the environment's earlier deployments as inactive. */
export function statusCall(
  { endpoint, repository }: ForgePlace,
  id: number,
  { state, text, run }: DeploymentStatus & { run?: string },
): ForgeCall {
  return {
    method: "POST",
    url: `${endpoint}/repos/${repository}/deployments/${id}/statuses`,
    body: { state, description: shorten(text), ...(run && { log_url: run }) },
  }
}

function shorten(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text
}

/** The deployment of the same image from the same commit, newest first. */
export function deploymentIn(listed: z.infer<typeof Listed>, { image }: Deployment): number | undefined {
  const { digest } = splitDigestRef(image)
  const known = listed.find(({ payload }) => {
    const read = Payload.safeParse(typeof payload === "string" ? parseJson(payload) : payload)
    return read.data?.digest === digest
  })
  return known?.id
}

export const githubDeployment: WriteDeployment = async ({ place, deployment }, status, ask) => {
  const { environment, run } = deployment
  const listed = await ask(listCall(place, deployment), { schema: Listed, what: `list deployments to ${environment}` })
  const known = deploymentIn(listed, deployment)
  const creating = { schema: Created, what: `create a deployment to ${environment}` }
  const id = known ?? (await ask(createCall(place, deployment), creating)).id
  if (known !== undefined) {
    const [last] = await ask(statusesCall(place, id), { schema: Statuses, what: `list the states of deployment ${id}` })
    if (last?.state === status.state) return { id }
  }
  const what = `set deployment ${id} to ${status.state}`
  await ask(statusCall(place, id, { ...status, ...(run && { run }) }), { schema: Created, what })
  return { id }
}
