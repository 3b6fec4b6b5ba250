import { z } from "zod"

const Text = z.string().trim().min(1)
const Texts = z.array(Text)
/** A list on the command line; in a file a mapping reads better, and numbers need no quotes. */
const Assignments = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
const Seconds = z.number().int().min(1)

const Test = z.strictObject({
  image: Text.optional().describe("image to test in; default one for what is recognised"),
  commands: Texts.optional().describe("what to run instead of the recognised runner's own"),
  runners: Texts.optional().describe("only these of the recognised runners, such as go and node; default all"),
  paths: Texts.optional().describe("folders with a project each, tested side by side; default the root"),
  services: Texts.optional().describe('what the tests need beside them, such as "db=postgres:17"'),
  variables: Assignments.optional().describe("environment of the tests; never secrets"),
  secrets: Texts.optional().describe("names of the secrets that the tests read, of those given; default all of them"),
  reports: Texts.optional().describe("patterns of further files that belong in the report, within each path"),
  timeout: Seconds.optional().describe("longest one command of the tests may run, in seconds; default 3600"),
})

const Build = z.strictObject({
  dockerfile: Text.optional().describe("default Dockerfile"),
  context: Text.optional().describe("folder that the Dockerfile can copy from; default the whole source"),
  target: Text.optional().describe("stage to build; default the last"),
  args: Assignments.optional().describe("build args; never secrets"),
  labels: Assignments.optional(),
  annotations: Assignments.optional(),
  keepGitDir: z
    .boolean()
    .optional()
    .describe("leave .git in the build context, for versions out of git; default false"),
  timeout: Seconds.optional().describe("longest the build may take, in seconds; default 3600"),
})

const Scan = z.strictObject({
  scanner: z.enum(["TRIVY", "GRYPE"]).optional().describe("default TRIVY"),
  scanners: z
    .array(z.enum(["vuln", "secret", "misconfig", "license"]))
    .min(1)
    .optional()
    .describe("what to look for; default vuln and secret; Grype finds vulnerabilities alone"),
  severity: z
    .enum(["UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"])
    .optional()
    .describe("lowest severity that fails; default HIGH"),
  ignoreUnfixed: z.boolean().optional().describe("let pass what no release fixes yet; default false"),
  failOnEndOfLife: z.boolean().optional().describe("fail on a distribution that gets no fixes any more; default false"),
  pkgTypes: z
    .array(z.enum(["os", "library"]))
    .min(1)
    .optional()
    .describe("packages to look at; default both"),
  maxDbAge: z.number().int().min(0).optional().describe("oldest database to believe, in hours; default 0, any"),
  dbRepositories: Texts.optional().describe("registries of the database, in order"),
  timeout: Seconds.optional().describe("longest scan of a platform, in seconds; default 300"),
  exceptions: z
    .array(z.looseObject({}))
    .optional()
    .describe("findings that someone answers for: id, reason, owner, expires; package, path, justification"),
})

const Registry = z.strictObject({
  plainHttp: z.boolean().optional().describe("the registry speaks plain HTTP; default false"),
  caCertificate: Text.optional().describe("path of the certificate of the registry's own authority, as PEM"),
})

/** Who signs, beside the secrets that it takes; a key or a token is an argument. */
const Sign = z.strictObject({
  kmsKey: Text.optional().describe(
    "address of a key in a KMS, used where no --cosign-key and no --identity-token is given",
  ),
  identity: Text.optional().describe("with --identity-token: the signer that the certificate must name, exactly"),
  issuer: Text.optional().describe("the issuer that vouches for the identity, exactly"),
  fulcioUrl: Text.optional().describe("certificate authority; default Sigstore's public one"),
  rekorUrl: Text.optional().describe("transparency log; default Sigstore's public one"),
  timestampUrl: Text.optional().describe("timestamp authority"),
  signingConfig: Text.optional().describe("path of the signing config of a private Sigstore instance"),
  trustedRoot: Text.optional().describe("path of the trusted root of a private Sigstore instance"),
})

const Forge = z.enum(["github", "gitlab", "gitea", "forgejo", "bitbucket"])

const PullRequest = z.strictObject({
  autoMerge: z.boolean().optional().describe("have the forge merge it when its checks pass; default false"),
  forge: Forge.optional().describe("default that of gitops"),
  endpoint: Text.optional().describe("address of the forge's API; default the usual one of its host"),
})
export type PullRequestSettings = z.infer<typeof PullRequest>

const Gitops = z.strictObject({
  repo: Text.describe("address of the GitOps repository, without a login"),
  path: Text.describe("folder of the kustomize overlay, or the file that edits are for"),
  branch: Text.optional().describe("default main"),
  edits: Texts.optional().describe("values to edit instead of an overlay, such as helm:image; path is then the file"),
  imageName: Text.optional().describe("name of the image in the manifests; default the repository"),
  tag: Text.optional().describe(
    "template of the tag for values that have one, such as Helm's image.tag; default the first of tags that stays",
  ),
  kustomizeOptions: Texts.optional().describe(
    "options of kustomize build that the overlay's controller has, such as --enable-helm",
  ),
  forge: Forge.optional().describe("what runs at the repository's host, for a push too; default what its name says"),
  message: Text.optional().describe("commit message with {image} {digest} {path} {ref} {revision} {order} {pipeline}"),
  authorName: Text.optional().describe("author of the commit; default slipway"),
  authorEmail: Text.optional().describe("email address of the author; default slipway@noreply.invalid"),
  signOff: z.boolean().optional().describe("add a Signed-off-by line; default false"),
  timeout: Seconds.max(3600).optional().describe("longest time for all tries of a bump, in seconds; default 300"),
  pullRequest: z
    .union([z.boolean(), PullRequest])
    .optional()
    .describe("propose the bump by a pull or merge request instead of pushing it; default false"),
})

/** Images of one kind, known by their tags; without a limit they are kept for ever. */
const RetentionRule = z.strictObject({
  tags: Texts.min(1).describe("tags as patterns with *, such as v* or pr-*"),
  last: z.number().int().min(1).max(9999).optional().describe("keep the newest of them, as many as this"),
  days: z.number().int().min(1).max(9999).optional().describe("keep what is no older; of last and days one is enough"),
})

const Retention = z.strictObject({
  keep: z
    .array(RetentionRule)
    .min(1)
    .describe("the first rule that a tag matches decides; one that matches none is kept"),
  untagged: z
    .number()
    .int()
    .min(1)
    .max(9999)
    .optional()
    .describe("days until the registry removes what has no tag and belongs to nothing that has one; default never"),
  rollbacks: z.number().int().min(0).optional().describe("earlier bumps of each place to keep; default 1"),
})

const Common = {
  platforms: Texts.optional().describe("default linux/amd64 and linux/arm64"),
  tags: Texts.optional().describe("templates with {sha}, {shortSha}, {branch}, {semver}, {major}, {minor}, {date}"),
  test: z
    .union([z.literal(false), Test])
    .optional()
    .describe("false ships without testing"),
  build: Build.optional(),
  scan: Scan.optional(),
}

/** One image of several that are shipped from one repository. What it leaves out is as in the rest of the file. */
const Service = z.strictObject({
  path: Text.optional().describe("its folder, with its Dockerfile and its tests; default its name"),
  repository: Text.optional().describe("default the repository of the file, a slash and the service's name"),
  ...Common,
  gitops: Gitops.partial().optional(),
})

/** A name is part of an image's repository, and of a report's folder. */
const ServiceName = z.string().regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, "lower-case letters, digits and single . _ -")

/** slipway.yaml: all that is not secret of how a repository is shipped. Arguments and --set win over it. */
export const Settings = z
  .strictObject({
    repository: Text.optional().describe("repository to publish to, as host/path without a tag"),
    ...Common,
    registry: Registry.optional(),
    sign: Sign.optional(),
    defaultBranch: Text.optional().describe(
      "branch that earns latest; default what the CI job says, else main or master",
    ),
    gitops: Gitops.partial({ path: true }).optional(),
    services: z
      .record(ServiceName, Service)
      .optional()
      .describe("images of one repository, each built if its inputs changed, all bumped in one commit"),
    onFailure: z
      .enum(["stopAll", "stopOne"])
      .optional()
      .describe("whether a service that fails keeps the others from being bumped too; default stopAll"),
    retention: Retention.optional().describe(
      "which images a registry keeps, for registry retention-policy and registry prune",
    ),
  })
  .superRefine(({ gitops, services }, { addIssue }) => {
    if (gitops && !gitops.path && !services) {
      addIssue({ code: "invalid_type", expected: "string", input: undefined, path: ["gitops", "path"] })
    }
  })
export type Settings = z.infer<typeof Settings>

/** Assignments as every tool takes them. */
export function assignmentList(assignments?: z.infer<typeof Assignments>): string[] | undefined {
  return assignments && Object.entries(assignments).map(([name, value]) => `${name}=${value}`)
}
