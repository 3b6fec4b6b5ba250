import { describe, expect, test } from "vitest"
import { type LinkedArtifact, linkDeployment, linkStorage } from "../../../lib/gitops/forge/linked-artifacts.ts"
import { parseDigestRef } from "../../../lib/oci/reference.ts"
import { forgeOf, IMAGE } from "./asked.ts"

const place = { endpoint: "https://api.github.com", repository: "acme/app" }
const artifact: LinkedArtifact = {
  ...{ image: parseDigestRef(IMAGE), version: "v1", environment: "production", deployment: "prod/app", cluster: "eu" },
}
const digest = IMAGE.split("@")[1]
const artifacts = "https://api.github.com/orgs/acme/artifacts"
const list = { method: "GET", url: `${artifacts}/${digest}/metadata/storage-records` }
const create = {
  method: "POST",
  url: `${artifacts}/metadata/storage-record`,
  body: {
    ...{ name: "ghcr.io/acme/app", digest, version: "v1", registry_url: "https://ghcr.io", repository: "acme/app" },
    ...{ status: "active", github_repository: "app" },
  },
}

describe("the storage record of an image", () => {
  test.each([
    { name: "there is none", known: { storage_records: [] } },
    { name: "GitHub does not know the image", known: undefined },
    {
      name: "another registry has it",
      known: { storage_records: [{ registry_url: "https://quay.io", repository: "acme/app" }] },
    },
  ])("is created if $name", async ({ known }) => {
    const { ask, calls } = forgeOf(known, { storage_records: [{}] })
    await linkStorage({ place, artifact }, ask)
    expect(calls).toEqual([list, create])
  })

  test("is not created twice", async () => {
    const { ask, calls } = forgeOf({ storage_records: [{ registry_url: "https://ghcr.io/", repository: "acme/app" }] })
    await linkStorage({ place, artifact }, ask)
    expect(calls).toEqual([list])
  })
})

test("the deployment record names image, environment, cluster and the place of the deployment", async () => {
  const { ask, calls } = forgeOf({ deployment_records: [{}] })
  await linkDeployment({ place, artifact }, ask)
  expect(calls).toEqual([
    {
      method: "POST",
      url: `${artifacts}/metadata/deployment-record`,
      body: {
        ...{ name: "ghcr.io/acme/app", digest, version: "v1", status: "deployed", logical_environment: "production" },
        ...{ cluster: "eu", deployment_name: "prod/app", github_repository: "app" },
      },
    },
  ])
})
