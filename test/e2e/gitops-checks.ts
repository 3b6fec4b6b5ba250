import { expect } from "vitest"
import type { CheckSettings } from "../../lib/config/settings.ts"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository } from "../../lib/gitops/bump-gitops.ts"
import { parseChecks } from "../../lib/gitops/checks/options.ts"
import type { DigestRef } from "../../lib/oci/reference.ts"
import { verifySigner } from "../../lib/policy/admission.ts"
import { policyFiles } from "../../lib/policy/policy-files.ts"
import { createEphemeralKey } from "../../lib/sign/cosign-run.ts"
import { signDigest } from "../../lib/sign/signature.ts"
import { checkTools } from "../../src/api/access.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"
import { unverified } from "./unverified.ts"

const OWN = "registry.test:5000/acme/app"
export const FOREIGN = "registry.test:5000/elsewhere/app"

const deployment = (image: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "${image}" }] }
`
const kustomization = (resource: string) => `resources: [${resource}]\n`

/** Without quotes, a tag of digits alone becomes a number, which no label can be. */
const CHART = {
  "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
  "templates/deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: { version: {{ .Values.image.tag }} }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec: { containers: [{ name: shop, image: "{{ .Values.image.repository }}@{{ .Values.image.digest }}" }] }
`,
}
const values = (tag: string) => `image:\n  repository: ${OWN}\n  tag: ${tag}\n  digest: ""\n`
const chart = (name: string, tag: string) =>
  Object.fromEntries(
    Object.entries({ ...CHART, "values.yaml": values(tag) }).map(([path, text]) => [`charts/${name}/${path}`, text]),
  )

const SCHEMA = {
  type: "object",
  properties: {
    metadata: { type: "object", properties: { labels: { type: "object", additionalProperties: { type: "string" } } } },
    spec: { type: "object", required: ["selector", "template"] },
  },
  required: ["spec"],
}

/** The team's policies: images come from the team's own repositories. */
const REGO = `package images

deny contains message if {
	some container in input.spec.template.spec.containers
	not startswith(container.image, "registry.test:5000/acme/")
	message := sprintf("%s is not an image of acme", [container.image])
}

warn contains "no owner" if not input.metadata.annotations.owner
`
const KYVERNO = `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: own-images }
spec:
  background: false
  rules:
  - name: of-acme
    match: { any: [{ resources: { kinds: [Deployment] } }] }
    validate:
      failureAction: Enforce
      message: images come from acme
      pattern: { spec: { template: { spec: { containers: [{ image: "registry.test:5000/acme/*" }] } } } }
`

const OVERLAYS = { prod: `${OWN}:v1`, elsewhere: `${FOREIGN}:v1` }
const REPOSITORY = {
  ...Object.fromEntries(
    Object.entries(OVERLAYS).flatMap(([name, image]) => [
      [`base/${name}/deployment.yaml`, deployment(image)],
      [`base/${name}/kustomization.yaml`, kustomization("deployment.yaml")],
      [`overlays/${name}/kustomization.yaml`, kustomization(`../../base/${name}`)],
    ]),
  ),
  ...chart("shop", "v1"),
  ...chart("numbered", "20260101"),
  "schemas/deployment-apps-v1.json": JSON.stringify(SCHEMA),
  "policies/conftest/images.rego": REGO,
  "policies/kyverno/images.yaml": KYVERNO,
  "policies/kyverno/kustomization.yaml": "resources: [images.yaml]\n",
}

export let git: GitServer
let registry: SignRegistry
export const refs: Record<string, DigestRef> = {}
const module = slipway()
const tools = () => ({ ...cosign(), access: registry.access, run: newRun() })
const cosign = () => ({ cosignImage: module["cosignImage"], craneImage: module["craneImage"] })

/** Starts the registry with signed images, and the GitOps repository with its policies, in the session of a file. */
export async function startChecks(): Promise<void> {
  registry = await startSignRegistry({ referrersApi: false })
  const pushing = ["own", "own-next", "stranger", "stranger-next"].map(async (name) => {
    refs[name] = await registry.push("acme/app", tinyImage(name, ["amd64"]))
  })
  const [ours, theirs] = await Promise.all([
    createEphemeralKey({ ...cosign(), run: newRun() }),
    createEphemeralKey({ ...cosign(), run: newRun() }),
    ...pushing,
  ])
  await Promise.all(
    Object.entries(refs).map(([name, ref]) =>
      signDigest(ref, { ...tools(), key: (name.startsWith("own") ? ours : theirs).key }),
    ),
  )
  const signer = { kind: "publicKey" as const, publicKey: ours.publicKey }
  const policies = policyFiles(await verifySigner(refs["own"] as DigestRef, { ...tools(), signer }))
  const admission = Object.entries(policies).map(([path, text]) => [`policies/admission/${path}`, text])
  git = await startGitServer({ ...REPOSITORY, ...Object.fromEntries(admission) })
}

type Wish = { path?: string; edits?: string[]; image?: string; ref?: string; tag?: string; dryRun?: boolean }

export function bump(
  checks: CheckSettings,
  { path = "overlays/prod", image = OWN, ref = refs["own"], dryRun = false, ...wish }: Wish = {},
) {
  const options = parseChecks(checks)
  return bumpRepository({
    access: { repo: git.url("git.test"), gitService: git.service() },
    options: { path, image, ref: ref as string, branch: "main", timeout: 200, ...wish },
    image: module["kustomizeImage"],
    run: newRun(),
    dryRun,
    verify: unverified,
    ...(options && { checks: { options, tools: checkTools(module), access: async () => registry.access } }),
  })
}

/** Every ref, and every object that one of them reaches. */
export const world = () => git.refs() + git.git("rev-list", "--objects", "--all")

/** The bump is refused, and the repository is as before. */
export async function refused(bumping: Promise<string>, words: RegExp): Promise<void> {
  const before = world()
  await expect(bumping).rejects.toThrow(words)
  expect(world()).toBe(before)
}

export const foreign = () => ({ ref: `${FOREIGN}@${refs["own"]?.split("@")[1]}` })
