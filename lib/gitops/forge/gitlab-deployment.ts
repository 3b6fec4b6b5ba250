import { z } from "zod"
import { splitDigestRef } from "../../oci/reference.ts"
import type { Deployment, DeploymentState, ForgeCall, ForgePlace, WriteDeployment } from "./forge.ts"

/** An older GitLab has no description of environments. */
const Environment = z.object({ id: z.number(), description: z.string().nullish() })
const Listed = z.array(z.object({ id: z.number(), sha: z.string(), status: z.string() }))
const Created = z.object({ id: z.number(), environment: z.object({ id: z.number() }) })
const Written = z.object({ id: z.number() })

/** https://docs.gitlab.com/api/deployments/#create-a-deployment */
const STATUS: Record<DeploymentState, string> = {
  queued: "created",
  in_progress: "running",
  success: "success",
  failure: "failed",
  inactive: "canceled",
}

function project({ endpoint, repository }: ForgePlace): string {
  return `${endpoint}/projects/${encodeURIComponent(repository)}`
}

/** The newest deployments to the environment. */
export function listCall(place: ForgePlace, { environment }: Deployment): ForgeCall {
  const query = new URLSearchParams({ environment, order_by: "id", sort: "desc", per_page: "20" })
  return { method: "GET", url: `${project(place)}/deployments?${query}` }
}

export function environmentCall(place: ForgePlace, { environment }: Deployment): ForgeCall {
  return { method: "GET", url: `${project(place)}/environments?${new URLSearchParams({ name: environment })}` }
}

/** Creates the environment too, if it does not exist. */
export function createCall(place: ForgePlace, deployment: Deployment, state: DeploymentState): ForgeCall {
  const { environment, commit: sha, ref, isTag: tag } = deployment
  return {
    method: "POST",
    url: `${project(place)}/deployments`,
    body: { environment, sha, ref, tag, status: STATUS[state] },
  }
}

export function updateCall(place: ForgePlace, id: number, state: DeploymentState): ForgeCall {
  return { method: "PUT", url: `${project(place)}/deployments/${id}`, body: { status: STATUS[state] } }
}

/** A deployment of GitLab has no text, so its environment names image, commit and run. */
export function describeCall(place: ForgePlace, id: number, deployment: Deployment): ForgeCall {
  return {
    method: "PUT",
    url: `${project(place)}/environments/${id}`,
    body: { description: describe(deployment) },
  }
}

export function describe({ image, commit, run, gitops }: Deployment): string {
  return [`${image} of ${commit}`, `GitOps: ${gitops}`, ...(run ? [`Run: ${run}`] : [])].join("\n\n")
}

/** The newest deployment, if it is of this commit and the environment names this image or none. */
export function deploymentIn(
  [newest]: z.infer<typeof Listed>,
  [environment]: z.infer<typeof Environment>[],
  { commit, image }: Deployment,
): z.infer<typeof Listed>[number] | undefined {
  if (newest?.sha !== commit) return undefined
  const { description } = environment ?? {}
  return !description || description.includes(splitDigestRef(image).digest) ? newest : undefined
}

export const gitlabDeployment: WriteDeployment = async ({ place, deployment }, { state }, ask) => {
  const { environment } = deployment
  const listing = { schema: Listed, what: `list deployments to ${environment}` }
  const listed = await ask(listCall(place, deployment), listing)
  const reading = { schema: z.array(Environment), what: `read the environment ${environment}` }
  const environments = await ask(environmentCall(place, deployment), reading)
  const known = deploymentIn(listed, environments, deployment)
  if (known?.status === STATUS[state]) return { id: known.id }
  if (known) {
    const what = `set deployment ${known.id} to ${STATUS[state]}`
    return await ask(updateCall(place, known.id, state), { schema: Written, what })
  }
  const creating = { schema: Created, what: `create a deployment to ${environment}` }
  const created = await ask(createCall(place, deployment, state), creating)
  const describing = { schema: Written, what: `describe the environment ${environment}` }
  await ask(describeCall(place, created.environment.id, deployment), describing)
  return { id: created.id }
}
