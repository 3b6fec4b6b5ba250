import { z } from "zod"
import { Chart } from "./chart-settings.ts"
import { Preview } from "./preview-settings.ts"
import { Cache, Registry, Replica, Retention } from "./registry-settings.ts"
import { Scan } from "./scan-settings.ts"
import { Assignments, Seconds, Text, Texts } from "./setting-values.ts"
import { Smoke } from "./smoke-settings.ts"
import { Deployments, Notify } from "./trace-settings.ts"

const Test = z.strictObject({
  image: Text.optional().describe("image for the tests; default one for the recognised runner"),
  commands: Texts.optional().describe("commands to run instead of those of the recognised runner"),
  runners: Texts.optional().describe("recognised runners to use, such as go and node; default all"),
  paths: Texts.optional().describe("folders of projects, tested in parallel; default the root"),
  services: Texts.optional().describe('services that the tests need, such as "db=postgres:17"'),
  variables: Assignments.optional().describe("environment variables of the tests; never secrets"),
  secrets: Texts.optional().describe("names of the passed secrets that the tests read; default all"),
  reports: Texts.optional().describe("patterns of further files for the report, relative to each path"),
  dockerfile: Text.optional().describe("Dockerfile with a stage for tests, within each path; default Dockerfile"),
  target: Text.optional().describe(
    "stage to test in, and nothing else; default a stage named test, with other runners",
  ),
  timeout: Seconds.optional().describe("longest run of one command, in seconds; default 3600"),
})

const Build = z.strictObject({
  dockerfile: Text.optional().describe("default Dockerfile"),
  context: Text.optional().describe("folder of the build context; default the whole source"),
  target: Text.optional().describe("stage to build; default the last"),
  args: Assignments.optional().describe("build args; never secrets"),
  labels: Assignments.optional(),
  annotations: Assignments.optional(),
  keepGitDir: z.boolean().optional().describe("keep .git in the build context, for versions from git; default false"),
  reproducible: z.boolean().optional().describe("set all times in the image to the commit's; default true"),
  timeout: Seconds.optional().describe("longest build, in seconds; default 3600"),
})

const OwnAttestation = z.strictObject({
  type: Text.describe("predicate type: spdxjson, cyclonedx, vuln, openvex, or a URI"),
  path: Text.describe("path of the predicate, as JSON"),
})

/** The signer, without its secrets: a key or a token is an argument. */
const Sign = z.strictObject({
  kmsKey: Text.optional().describe("address of a key in a KMS, used without --cosign-key and --identity-token"),
  publicKey: Text.optional().describe(
    "path of the signer's public key, PEM: ship refuses another key, and bumps, promotions and rollbacks verify by it",
  ),
  identity: Text.optional().describe("with --identity-token: the exact identity that the certificate must have"),
  issuer: Text.optional().describe("the exact issuer of the identity"),
  fulcioUrl: Text.optional().describe("certificate authority; default Sigstore's public one"),
  rekorUrl: Text.optional().describe("transparency log; default Sigstore's public one"),
  timestampUrl: Text.optional().describe("timestamp authority"),
  format: z
    .enum(["bundle", "both"])
    .optional()
    .describe(
      "form of the signature; both adds cosign's older tag, for policy engines that cannot read bundles; default bundle",
    ),
  attestations: z.array(OwnAttestation).optional().describe("further attestations of the image index"),
  signingConfig: Text.optional().describe("path of the signing config of a private Sigstore instance"),
  trustedRoot: Text.optional().describe("path of the trusted root of a private Sigstore instance"),
})

const Forge = z.enum(["github", "gitlab", "gitea", "forgejo", "bitbucket"])

const PullRequest = z.strictObject({
  autoMerge: z.boolean().optional().describe("let the forge merge the request when its checks pass; default false"),
  forge: Forge.optional().describe("default that of gitops"),
  endpoint: Text.optional().describe("address of the forge's API; default that of the host"),
})
export type PullRequestSettings = z.infer<typeof PullRequest>

const Gitops = z.strictObject({
  repo: Text.describe("address of the GitOps repository, without a login"),
  path: Text.describe("folder of the kustomize overlay, or the file for edits"),
  branch: Text.optional().describe("default main"),
  edits: Texts.optional().describe("values to edit in the file at path instead of an overlay, such as helm:image"),
  imageName: Text.optional().describe("name of the image in the manifests; default the repository"),
  tag: Text.optional().describe(
    "template of the tag for values with a tag, such as Helm's image.tag; default the first of tags that does not move",
  ),
  kustomizeOptions: Texts.optional().describe(
    "options of kustomize build that the overlay's controller uses, such as --enable-helm",
  ),
  forge: Forge.optional().describe("forge at the repository's host, for a push too; default by the host's name"),
  message: Text.optional().describe("commit message with {image} {digest} {path} {ref} {revision} {order} {pipeline}"),
  authorName: Text.optional().describe("author of the commit; default slipway"),
  authorEmail: Text.optional().describe("email address of the author; default slipway@noreply.invalid"),
  signOff: z.boolean().optional().describe("add a Signed-off-by line; default false"),
  timeout: Seconds.max(3600).optional().describe("longest bump, all tries included, in seconds; default 300"),
  pullRequest: z
    .union([z.boolean(), PullRequest])
    .optional()
    .describe("propose the bump in a pull or merge request instead of pushing it; default false"),
})

const RenderedChart = z.strictObject({
  values: Text.describe("path of the values file that a bump edits"),
  chart: Text.describe("folder of the chart that is rendered with it"),
  release: Text.optional().describe("name of the release; default that of the chart's folder"),
  namespace: Text.optional().describe("namespace of the release; default default"),
})

/** Paths in `Checks` are those of folders or files in the GitOps repository. */
const Render = z.strictObject({
  branch: Text.optional().describe("branch that the rendered manifests are committed to, in the same push"),
  charts: z
    .array(RenderedChart)
    .min(1)
    .optional()
    .describe("charts of values files that are outside of their chart's folder"),
})

const Kubeconform = z.strictObject({
  schemas: Texts.min(1)
    .optional()
    .describe("folders of JSON schemas, also of custom resources; default --kubernetes-schemas, else the public ones"),
  kubernetes: z
    .string()
    .regex(/^(?:master|\d+\.\d+\.\d+)$/, "a version such as 1.34.0, or master")
    .optional()
    .describe("version of Kubernetes; default master, the newest"),
  strict: z.boolean().optional().describe("refuse unknown fields; default true"),
  skip: Texts.optional().describe("kinds without a schema, such as ExternalSecret or acme.example/v1/Widget"),
})

const Misconfig = z.strictObject({
  severity: z
    .enum(["UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"])
    .optional()
    .describe("lowest severity that fails; default HIGH"),
})

/** Checks of the rendered manifests before a bump is pushed; only violations that the bump adds fail. */
const Checks = z.strictObject({
  render: Render.optional().describe("how manifests are rendered; kustomize overlays always are"),
  kubeconform: z.union([z.boolean(), Kubeconform]).optional().describe("validate the manifests against their schemas"),
  misconfig: z.union([z.boolean(), Misconfig]).optional().describe("run Trivy's misconfiguration checks"),
  conftest: Text.optional().describe("folder of Conftest's Rego policies in the GitOps repository"),
  kyverno: Text.optional().describe("folder of Kyverno policies in the GitOps repository"),
  admission: Text.optional().describe(
    "file or folder of the cluster's admission policies, as signature admission-policies writes them, in the GitOps repository",
  ),
})
export type CheckSettings = z.infer<typeof Checks>

const Wait = z.strictObject({
  resources: Texts.min(1).describe(
    "what the cluster must report, each as KIND/NAMESPACE/NAME: application, kustomization, helmrelease, rollout or deployment",
  ),
  timeout: Seconds.optional().describe("longest wait for the cluster, in seconds; default 600"),
  settle: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe("seconds that a failure must persist before it counts; default 15"),
  mergeTimeout: Seconds.optional().describe(
    "longest wait until a pull request of the bump is merged, in seconds; default 3600",
  ),
  rollbackOnFailure: z
    .boolean()
    .optional()
    .describe("roll back a release that the cluster reports as failed; the run fails all the same; default false"),
})
export type WaitSettings = z.infer<typeof Wait>

/** Where images run, besides what this repository ships. */
const DeployedPlace = z.strictObject({
  repo: Text.optional().describe("address of a GitOps repository, without a login; default gitops.repo"),
  branches: Texts.min(1).optional().describe("default gitops.branch, else main"),
  paths: Texts.min(1)
    .optional()
    .describe("folders and files that name what runs, such as clusters/production; default the whole branch"),
})

const Common = {
  platforms: Texts.optional().describe("default linux/amd64 and linux/arm64"),
  tags: Texts.optional().describe("templates with {sha}, {shortSha}, {branch}, {semver}, {major}, {minor}, {date}"),
  test: z
    .union([z.literal(false), Test])
    .optional()
    .describe("false ships without tests"),
  refresh: z
    .enum(["moved", "fixes"])
    .optional()
    .describe(
      "when ship --refresh builds a commit again: moved, as soon as a base image moved; fixes, only if that fixes a finding at or above scan.failOn.severity; default moved",
    ),
  wait: z
    .union([z.literal(false), Wait])
    .optional()
    .describe("waits after the bump until the cluster runs the release; default false"),
  build: Build.optional(),
  scan: Scan.optional(),
  smoke: z
    .union([z.literal(false), Smoke])
    .optional()
    .describe("how the image is started before it is pushed; false pushes without starting it"),
}

/** One of several images of a repository. The settings outside of `services` are its defaults. */
const Service = z.strictObject({
  path: Text.optional().describe("folder of the service, with its Dockerfile and its tests; default its name"),
  repository: Text.optional().describe(
    "repository of the service; default that of the file, a slash and the service's name",
  ),
  ...Common,
  gitops: Gitops.partial().optional(),
  chart: Chart.optional().describe("Helm chart of the service, released with its image"),
})

/** A name is part of an image's repository, and a folder of the report. */
const ServiceName = z.string().regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, "lower-case letters, digits and single . _ -")

/** slipway.yaml: the settings for shipping a repository, without secrets. Arguments and --set win over it. */
export const Settings = z
  .strictObject({
    repository: Text.optional().describe("repository to publish to, as host/path without a tag"),
    ...Common,
    registry: Registry.optional(),
    replicas: z
      .array(Replica)
      .optional()
      .describe(
        "further repositories that each release is copied to with its signatures and attestations; of a service, with a slash and its name",
      ),
    sign: Sign.optional(),
    cache: Cache.optional().describe("caches of tests and build that ship carries from one engine to the next"),
    defaultBranch: Text.optional().describe(
      "branch whose images get the tag latest; default that of the CI job, else main or master",
    ),
    gitops: Gitops.partial({ path: true }).optional(),
    chart: Chart.optional().describe(
      "Helm chart that is released with the image; with services, defaults for those that have a chart",
    ),
    checks: Checks.optional().describe("checks of the rendered manifests before a bump is pushed"),
    services: z
      .record(ServiceName, Service)
      .optional()
      .describe("several images of one repository, each built if its inputs changed, all bumped in one commit"),
    onFailure: z
      .enum(["stopAll", "stopOne"])
      .optional()
      .describe("whether a failed service stops the bump of all services or only its own; default stopAll"),
    preview: z
      .union([z.boolean(), Preview])
      .optional()
      .describe(
        "ship a pull or merge request of the own repository as a preview; those of forks are rehearsed; default false",
      ),
    deployed: z
      .array(DeployedPlace)
      .min(1)
      .optional()
      .describe("where images run, for scan-deployed; default gitops.repo and its branch"),
    deployments: Deployments.optional().describe("deployment records in the forge of the source; default none"),
    notify: Notify.optional().describe("a webhook that is told what came of a run; default none"),
    retention: Retention.optional().describe(
      "images that a registry keeps, for registry retention-policy and registry prune",
    ),
  })
  .superRefine(({ gitops, chart, preview, services = {} }, { addIssue }) => {
    const require = (path: string[], value?: string) => {
      if (!value) addIssue({ code: "invalid_type", expected: "string", input: undefined, path })
    }
    const isAlone = Object.keys(services).length === 0
    if (gitops && isAlone && !chart?.gitops) require(["gitops", "path"], gitops.path)
    if (preview && !isAlone) {
      addIssue({ code: "custom", message: "is for a repository with one image, without services", path: ["preview"] })
    }
    const charts = isAlone ? [{ at: [] as string[], own: chart }] : serviceCharts(services)
    for (const { at, own } of charts) {
      if (!own) continue
      for (const key of ["path", "repository"] as const) require([...at, "chart", key], own[key] ?? chart?.[key])
    }
  })
export type Settings = z.infer<typeof Settings>

function serviceCharts(services: Record<string, z.infer<typeof Service>>) {
  return Object.entries(services).map(([name, { chart }]) => ({ at: ["services", name], own: chart }))
}

/** Assignments as NAME=value, the form of command lines. */
export function assignmentList(assignments?: z.infer<typeof Assignments>): string[] | undefined {
  return assignments && Object.entries(assignments).map(([name, value]) => `${name}=${value}`)
}
