import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
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
import { useEngine } from "./session.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"
import { unverified } from "./unverified.ts"

// test/engine/up --with=helm,kubeconform,conftest,kyverno serves the programs' images
useEngine()

const OWN = "registry.test:5000/acme/app"
const FOREIGN = "registry.test:5000/elsewhere/app"

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

let git: GitServer
let registry: SignRegistry
const refs: Record<string, DigestRef> = {}
const module = slipway()
const tools = () => ({ ...cosign(), access: registry.access, run: newRun() })
const cosign = () => ({ cosignImage: module["cosignImage"], craneImage: module["craneImage"] })

beforeAll(async () => {
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
})
afterAll(() => git?.stop())

type Wish = { path?: string; edits?: string[]; image?: string; ref?: string; tag?: string; dryRun?: boolean }

function bump(
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
const world = () => git.refs() + git.git("rev-list", "--objects", "--all")

/** The bump is refused, and the repository is as before. */
async function refused(bumping: Promise<string>, words: RegExp): Promise<void> {
  const before = world()
  await expect(bumping).rejects.toThrow(words)
  expect(world()).toBe(before)
}

const foreign = () => ({ ref: `${FOREIGN}@${refs["own"]?.split("@")[1]}` })

describe.concurrent("a bump is refused, with nothing pushed", () => {
  const chartBump = { path: "charts/shop/values.yaml", edits: ["helm:image"], tag: "20261130" }

  test("because the rendered chart is invalid", async () => {
    const bumping = bump({ kubeconform: { schemas: ["schemas"] } }, chartBump)
    await refused(
      bumping,
      /^CHECK_FAILED: .* got 1: Deployment\/shop: .*number, want string \(kubeconform \/metadata\/labels\/version\)\. .*checks\.kubeconform\)\. Nothing was pushed\.$/,
    )
  })

  test("because Conftest runs a policy that says no", async () => {
    const bumping = bump({ conftest: "policies/conftest" }, foreign())
    await refused(
      bumping,
      /got 1: Deployment\/web: .*elsewhere\/app@sha256:[0-9a-f]+ is not an image of acme \(conftest images\.deny\)/,
    )
  })

  test("because Kyverno runs a policy that says no", async () => {
    await refused(
      bump({ kyverno: "policies/kyverno" }, foreign()),
      /got 1: Deployment\/web: .*images come from acme.* \(kyverno own-images\/of-acme\)/,
    )
  })

  test("because the admission policy would not admit another signer's digest", async () => {
    const bumping = bump({ admission: "policies/admission/kyverno" }, { ref: refs["stranger"] as string })
    await refused(
      bumping,
      /got 2: Deployment\/web: registry\.test:5000\/acme\/app@sha256:[0-9a-f]+ is not admitted: no signature by the public key .*\(admission ClusterPolicy\/signed-.*\(admission ImageValidatingPolicy\/signed-/,
    )
  })

  test.each<{ name: string; checks: CheckSettings; words: RegExp }>([
    {
      name: "a schema is missing",
      checks: { kubeconform: { schemas: ["policies"] } },
      words: /^CHECKER_FAILED: expected a schema for Deployment\/web, got could not find schema for Deployment/,
    },
    {
      name: "a policy folder is missing",
      checks: { conftest: "nowhere" },
      words: /^CHECKER_FAILED: expected the folder nowhere of checks\.conftest/,
    },
    {
      name: "policies have no rule",
      checks: { conftest: "policies/admission/kyverno" },
      words: /^CHECKER_FAILED: expected Conftest to check the manifests/,
    },
    {
      name: "no policy is Kyverno's",
      checks: { kyverno: "policies/conftest" },
      words: /^CHECKER_FAILED: .*got no policy of Kyverno/,
    },
    {
      name: "an admission policy is unknown",
      checks: { admission: "policies/kyverno/images.yaml" },
      words: /^CHECKER_FAILED: .*got a policy without verifyImages/,
    },
  ])("because $name, which is never no violation", async ({ checks, words }) => {
    await refused(bump(checks), words)
  })
})

test("a dry run shows the violations, and pushes nothing", async () => {
  const before = world()
  const text = await bump({ conftest: "policies/conftest" }, { ...foreign(), dryRun: true })
  expect(text).toMatch(
    /Checked 1 object of kustomize build overlays\/prod: conftest\n {2}new: Deployment\/web: .*is not an image of acme/,
  )
  expect(text).toContain("note: Deployment/web: no owner (conftest)")
  expect(world()).toBe(before)
})

describe("the same bump is accepted when the violation was there before", () => {
  test("for the policies and the misconfigurations of an overlay", async () => {
    const checks = { conftest: "policies/conftest", kyverno: "policies/kyverno", misconfig: true }
    const text = await bump(checks, { path: "overlays/elsewhere", image: FOREIGN, ...foreign() })
    expect(text).toMatch(/^Bumped overlays\/elsewhere\/kustomization\.yaml/)
    expect(text).toMatch(/there before: Deployment\/web: .*is not an image of acme \(conftest images\.deny\)/)
    expect(text).toMatch(/there before: Deployment\/web: .*\(kyverno own-images\/of-acme\)/)
    expect(text).toMatch(/there before: Deployment\/web: .*\(misconfig KSV-?0*14 HIGH\)/)
    expect(text).not.toContain("  new:")
  })

  test("for an invalid chart", async () => {
    const wish = { path: "charts/numbered/values.yaml", edits: ["helm:image"], tag: "20261130" }
    const text = await bump({ kubeconform: { schemas: ["schemas"] } }, wish)
    expect(text).toMatch(
      /there before: Deployment\/numbered: .*want string \(kubeconform \/metadata\/labels\/version\)/,
    )
  })

  test("for a digest by another signer", async () => {
    await bump({}, { path: "overlays/elsewhere", image: FOREIGN, ref: refs["stranger"] as string })
    const wish = { path: "overlays/elsewhere", image: FOREIGN, ref: refs["stranger-next"] as string }
    const text = await bump({ admission: "policies/admission/kyverno/image-validating-policy.yaml" }, wish)
    expect(text).toMatch(/there before: Deployment\/web: .*is not admitted/)
  })
})

describe("the branch of the rendered manifests", () => {
  const checks = {
    render: { branch: "rendered/prod" },
    admission: "policies/admission/kyverno",
    conftest: "policies/conftest",
  }

  test("gets the manifests in the same push", async () => {
    const text = await bump(checks)
    const rendered = git.git("show", "rendered/prod:overlays/prod/manifests.yaml")
    expect(rendered).toContain(`image: ${refs["own"]}`)
    const [main, branch] = [git.git("rev-parse", "main").trim(), git.git("rev-parse", "rendered/prod").trim()]
    expect(git.git("log", "-1", "--format=%B", "rendered/prod")).toContain(`Rendered from ${main} of main.`)
    expect(text).toContain(
      `Rendered overlays/prod/manifests.yaml on the branch rendered/prod, in the same push: commit ${branch}`,
    )
  })

  test("keeps the folders of other overlays, and the commits of other writers", async () => {
    const other = { path: "overlays/elsewhere", image: FOREIGN, ref: refs["own"] as string }
    await Promise.all([bump({ render: checks.render }, other), bump(checks, { ref: refs["own-next"] as string })])
    expect(git.git("show", "rendered/prod:overlays/elsewhere/manifests.yaml")).toContain(refs["own"])
    expect(git.git("show", "rendered/prod:overlays/prod/manifests.yaml")).toContain(refs["own-next"])
    expect(git.git("rev-list", "--count", "rendered/prod").trim()).toBe("3")
  })

  test("and the bump are both refused if the server refuses one", async () => {
    const hook = join(git.git("rev-parse", "--absolute-git-dir").trim(), "hooks", "update")
    writeFileSync(hook, '#!/bin/sh\ncase "$1" in refs/heads/rendered/*) echo "no" >&2; exit 1 ;; esac\n', {
      mode: 0o755,
    })
    await refused(bump(checks), /^PUSH_REFUSED: /)
  })
})
