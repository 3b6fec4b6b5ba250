import { z } from "zod"
import { type DigestRef, splitDigestRef } from "../../oci/reference.ts"
import type { AskForge, ForgeCall, ForgePlace } from "./forge.ts"

/** An image in GitHub's list of an organisation's artifacts. */
export type LinkedArtifact = {
  image: DigestRef
  /** A tag of the image, for people. */
  version?: string
  environment: string
  /** Unique within the environment, and the cluster if there is one. */
  deployment: string
  cluster?: string
}

const StorageRecords = z.object({
  storage_records: z.array(z.object({ registry_url: z.string(), repository: z.string().nullish() })),
})
const Stored = z.object({ storage_records: z.array(z.unknown()) })
const Deployed = z.object({ deployment_records: z.array(z.unknown()) })

/** The organisation is the owner of the repository; the API takes the repository's name without it. */
function organization({ endpoint, repository }: ForgePlace): { url: string; name: string } {
  const [owner = "", name = ""] = repository.split("/")
  return { url: `${endpoint}/orgs/${owner}/artifacts`, name }
}

function storage(image: DigestRef): { registry_url: string; repository: string } {
  const { repository } = splitDigestRef(image)
  return { registry_url: `https://${repository.host}`, repository: repository.path }
}

function subject({ image, version }: LinkedArtifact) {
  const { repository, digest } = splitDigestRef(image)
  return { name: repository.name, digest, ...(version && { version }) }
}

/** https://docs.github.com/en/rest/orgs/artifact-metadata#list-artifact-storage-records */
export function storageListCall(place: ForgePlace, { image }: LinkedArtifact): ForgeCall {
  return {
    method: "GET",
    url: `${organization(place).url}/${splitDigestRef(image).digest}/metadata/storage-records`,
  }
}

/** https://docs.github.com/en/rest/orgs/artifact-metadata#create-artifact-metadata-storage-record */
export function storageCall(place: ForgePlace, artifact: LinkedArtifact): ForgeCall {
  const { url, name: github_repository } = organization(place)
  const body = { ...subject(artifact), ...storage(artifact.image), status: "active", github_repository }
  return { method: "POST", url: `${url}/metadata/storage-record`, body }
}

/** A second record of the same place replaces the first: https://docs.github.com/en/rest/orgs/artifact-metadata#create-an-artifact-deployment-record */
export function deploymentCall(place: ForgePlace, artifact: LinkedArtifact): ForgeCall {
  const { environment: logical_environment, deployment: deployment_name, cluster } = artifact
  const { url, name: github_repository } = organization(place)
  const where = { logical_environment, ...(cluster && { cluster }), deployment_name }
  const body = { ...subject(artifact), status: "deployed", ...where, github_repository }
  return { method: "POST", url: `${url}/metadata/deployment-record`, body }
}

type Target = { place: ForgePlace; artifact: LinkedArtifact }

/** Records where the image is stored, once. A list that GitHub does not have is tried as an empty one: the next call tells. */
export async function linkStorage({ place, artifact }: Target, ask: AskForge): Promise<void> {
  const own = storage(artifact.image)
  const listing = { schema: StorageRecords, what: "list storage records", absent: { storage_records: [] } }
  const { storage_records: known } = await ask(storageListCall(place, artifact), listing)
  const stored = known.some((one) => sameRegistry(one.registry_url, own) && one.repository === own.repository)
  if (!stored) await ask(storageCall(place, artifact), { schema: Stored, what: "create a storage record" })
}

function sameRegistry(url: string, own: { registry_url: string }): boolean {
  return url.replace(/\/+$/, "") === own.registry_url
}

/** Records that the environment runs the image. */
export async function linkDeployment({ place, artifact }: Target, ask: AskForge): Promise<void> {
  const what = `record the deployment to ${artifact.environment}`
  await ask(deploymentCall(place, artifact), { schema: Deployed, what })
}
