import type { File } from "@dagger.io/dagger"
import { openSecret } from "../engine/secret.ts"
import type { Run, Tools } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { bumpContext, type GitAccessInput } from "../gitops/bump-gitops.ts"
import type { Checks } from "../gitops/checks/options.ts"
import { requireNoneAdded } from "../gitops/checks/violations.ts"
import type { BumpContext, DeliveryChoice } from "../gitops/context.ts"
import { deployedDigests } from "../gitops/deployed.ts"
import type { BumpOptions, CommitOptions } from "../gitops/options.ts"
import { planDelivery } from "../gitops/proposal.ts"
import { type Digest, digestOf, digestRef, parseRepository, type Repository } from "../oci/reference.ts"
import type { RegistryAccess } from "../oci/registry-access.ts"
import type { Replica } from "../publish/release-copy.ts"
import { signerOf } from "../sign/signature.ts"
import { renderSigner, type Signer, type SigningKey } from "../sign/signer.ts"
import { type BumpedChart, parseReleaseBump } from "./chart/release-bump.ts"
import { type BaselinePlace, type ReleaseDigests, readRelease } from "./preview/release-digests.ts"
import { withShipAdvice } from "./step-advice.ts"

/** The destination in arguments and settings; of the key, only its presence counts. */
export type DestinationInput = {
  repository?: string
  hasKey: boolean
  gitopsRepo?: string
  gitopsPath?: string
  gitopsImageName?: string
  gitopsEdits?: string[]
  gitopsTag?: string
  gitopsKustomizeOptions?: string[]
  /** The chart's repository with its name, and the files that take the chart from there. */
  chart?: { repository: string; files: string[] }
  /** The bump is that of a preview. */
  gitopsPreview?: PreviewBump
  /** Where the release of a preview is deployed, or why that is not known. */
  gitopsBaseline?: BaselinePlace
}

/** What a preview's bump has in addition: the overlay to copy for a new request. */
type PreviewBump = Pick<BumpOptions, "template">

/**
 * The overlay (or the file, with its edits) that a bump changes, and the image's name in it. `tag` is the template of the
 * tag for files that have one; `kustomizeOptions` are those of the controller that builds the overlay.
 */
type BumpTarget = {
  repo: string
  path: string
  image: string
  edits?: string[]
  tag?: string
  kustomizeOptions?: string[]
  /** Files with the chart's version, as FILE or FILE#Kind/name. */
  charts?: string[]
  /** Only the chart's version is bumped; `path` and `image` are then its first file and its repository. */
  chartOnly?: boolean
  preview?: PreviewBump
}

/** A rehearsal changes nothing outside the engine; a delivery does, with or without a bump. */
export type Destination =
  | { kind: "rehearsal" }
  | { kind: "delivery"; repository: Repository; chart?: Repository; bump?: BumpTarget; baseline?: BaselinePlace }

/** All or nothing: half a destination would leave an unsigned image, or bump to an image that no cluster can pull. */
export function parseDestination(input: DestinationInput): Destination {
  const { repository: name, hasKey } = input
  const given = givenNames(input)
  if (given.length === 0) return { kind: "rehearsal" }
  if (!name) throw incomplete("--repository", given)
  if (!hasKey) throw incomplete("a signer", given)
  const repository = parseRepository(name)
  const bump = bumpTarget(input, repository, given)
  const chart = input.chart && { chart: parseRepository(input.chart.repository) }
  const { gitopsBaseline: baseline } = input
  return { kind: "delivery", repository, ...chart, ...(bump && { bump }), ...(baseline && { baseline }) }
}

function bumpTarget(input: DestinationInput, repository: Repository, given: string[]): BumpTarget | undefined {
  const { gitopsRepo, gitopsPath, gitopsImageName, gitopsEdits = [], gitopsTag, gitopsKustomizeOptions = [] } = input
  const charts = input.chart?.files ?? []
  if (!gitopsRepo && !gitopsPath && !gitopsImageName && charts.length === 0) return undefined
  if (!gitopsRepo) throw incomplete("gitops.repo", given)
  const [chartFile] = charts
  if (!gitopsPath && chartFile && input.chart) {
    return { repo: gitopsRepo, path: fileOf(chartFile), image: input.chart.repository, charts, chartOnly: true }
  }
  if (!gitopsPath) throw incomplete("gitops.path", given)
  return {
    repo: gitopsRepo,
    path: gitopsPath,
    image: gitopsImageName ?? repository.name,
    ...(gitopsEdits.length && { edits: gitopsEdits }),
    ...(gitopsTag && { tag: gitopsTag }),
    ...(gitopsKustomizeOptions.length && { kustomizeOptions: gitopsKustomizeOptions }),
    ...(charts.length && { charts }),
    ...(input.gitopsPreview && { preview: input.gitopsPreview }),
  }
}

function fileOf(place: string): string {
  return place.split("#", 1)[0] ?? place
}

function givenNames({ repository, hasKey, gitopsRepo, gitopsPath, gitopsImageName }: DestinationInput): string[] {
  const given = {
    "--repository": repository,
    "a signer": hasKey,
    "gitops.repo": gitopsRepo,
    "gitops.path": gitopsPath,
    "gitops.imageName": gitopsImageName,
  }
  return Object.entries(given).flatMap(([name, value]) => (value ? [name] : []))
}

function incomplete(missing: string, given: string[]): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `${missing} with ${given.join(" and ")}`,
    got: "none",
    fix: "Pass --repository (or set repository in slipway.yaml) and a signer (--cosign-key, --kms-key, --identity-token, or --request-url with --request-token), and set gitops.repo and gitops.path in slipway.yaml for the bump. For a rehearsal, omit all of them or pass --rehearse.",
  })
}

/** Where a bump goes: the repository with its access, and the overlay with the image's name in it. */
type BumpPlace = CommitOptions & {
  context: BumpContext
  branch: string
  path: string
  image: string
  edits?: string[]
  /** The tag for values that have one; the release writes it before the bump. */
  spareTag?: string
  kustomizeOptions?: string[]
  charts?: string[]
  chartOnly?: boolean
} & Pick<BumpOptions, "kind" | "template">

/** Where a chart goes; with its name, as it is pulled. */
export type ChartPlace = { repository: Repository; access: RegistryAccess }

/** Everything that a release changes outside the engine, real or rehearsed; the chain treats both the same way. */
export type Place = {
  mode: "rehearsal" | "delivery"
  repository: Repository
  access: RegistryAccess
  replicas: Replica[]
  chart?: ChartPlace
  key: SigningKey
  /** The signer that a verification must find. */
  signer: Signer
  bump?: BumpPlace
  /** The digests that the bump would replace. */
  deployed?: Digest[]
  /** Of a preview: the digests of the release, instead of those that the bump would replace. */
  baseline?: ReleaseDigests
  /** Stops services that only this run uses. */
  close: () => Promise<void>
}

/** The credentials of a delivery, for what the destination names. */
export type DeliveryInput = {
  access: RegistryAccess
  replicas: Replica[]
  chartAccess?: RegistryAccess
  key: SigningKey
  /** The settings' public key, which the signing key must belong to. */
  publicKey?: File
  branch: string
  git: Omit<GitAccessInput, "repo">
  commit?: CommitOptions
  /** Whether the bump is pushed, or proposed by a pull request. */
  proposal: DeliveryChoice
  checks?: Checks
}

type Delivery = Extract<Destination, { kind: "delivery" }>

/** What openDelivery needs; `spareTag` gives the tag that a bump may write, from its template. */
type Opening = {
  input: DeliveryInput
  run: Run
  tools: Tools
  spareTag: (template?: string) => Promise<string | undefined>
}

/**
 * Checks everything that a release will change, and changes nothing: a key that cannot sign, an unreachable repository
 * and an overlay without the image must fail before the push.
 */
export async function openDelivery(
  { repository, chart, bump, baseline }: Delivery,
  { input, run, tools, spareTag }: Opening,
): Promise<Place> {
  const place = bump && (await bumpPlace(bump, { input, run, tools, spareTag }))
  const checks = Promise.all([
    signerOf(input.key, {
      ...{ cosignImage: tools.cosign, run, access: input.access },
      ref: digestRef(repository, PLACEHOLDER_DIGEST),
    }),
    place && rehearseBump(place, { repository, chart }),
    input.key.kind === "keyless" && openSecret(input.key.identityToken),
  ])
  const [[signer, deployed], release] = await Promise.all([
    withShipAdvice(checks),
    baseline && readRelease(baseline, { repository, input, run, tools }),
  ])
  if (input.publicKey) await requirePublicKey(signer, input.publicKey)
  return {
    mode: "delivery",
    repository,
    access: input.access,
    replicas: input.replicas,
    ...(chart && { chart: { repository: chart, access: input.chartAccess ?? input.access } }),
    key: input.key,
    signer,
    ...(place && { bump: place, deployed }),
    ...(release && { baseline: release }),
    close: async () => {},
  }
}

/** Another key would sign a release that every later verification refuses. */
export async function requirePublicKey(signer: Signer, publicKey: File): Promise<void> {
  const expected = await renderSigner({ kind: "publicKey", publicKey })
  const got = await renderSigner(signer)
  if (got === expected) return
  throw new SlipwayError("KEY_INVALID", {
    expected: `to sign by ${expected}, which sign.publicKey names`,
    got,
    fix: "Pass the private half of that key, or correct or remove sign.publicKey in slipway.yaml. Nothing was pushed.",
  })
}

/** Stands for the digest before the build; no image has it. */
const PLACEHOLDER_DIGEST: Digest = digestOf("")

async function bumpPlace(
  { repo, path, image, edits, tag: template, kustomizeOptions, charts, chartOnly, preview }: BumpTarget,
  { input, run, tools, spareTag }: Opening,
): Promise<BumpPlace> {
  const checks = input.checks && { checks: input.checks }
  const writer = { access: { repo, ...input.git }, delivery: input.proposal, image: tools.kustomize, ...checks }
  const opening = withShipAdvice(bumpContext({ ...writer, gitImage: tools.git, run }))
  const [context, tag] = await Promise.all([opening, spareTag(template)])
  const target = { branch: input.branch, path, image, edits, kustomizeOptions, charts, chartOnly }
  const own = { ...(tag && !chartOnly && { spareTag: tag }), ...(preview && { kind: "preview" as const, ...preview }) }
  return { context, ...target, ...own, ...input.commit }
}

/** A bump's context before its image is published: only what does not depend on the image's signature is checked. */
export function beforeRelease({ checks, ...context }: BumpContext): BumpContext {
  return { ...context, ...(checks && { checks: { ...checks, unpublished: true } }) }
}

/** Returns the digests that the bump would replace. Manifests that break a rule with any image fail here, before the build. */
async function rehearseBump(
  { context, ...target }: BumpPlace,
  { repository, chart }: { repository: Repository; chart?: Repository },
): Promise<Digest[]> {
  const release = { ref: digestRef(repository, PLACEHOLDER_DIGEST), ...(chart && { chart: placeholderChart(chart) }) }
  const { changes, checked } = await planDelivery(parseReleaseBump(target, release), beforeRelease(context))
  if (checked) requireNoneAdded(checked.report)
  // a chart's digest is not that of a deployed image
  return deployedDigests(changes.filter(({ to = "" }) => !to.includes(CHART_DIGEST) && to !== CHART_VERSION))
}

/** Stand for a chart before it is packaged; no chart has them. */
const CHART_DIGEST: Digest = digestOf("chart")
const CHART_VERSION = "0.0.0-unpublished"

function placeholderChart(repository: Repository): BumpedChart {
  return { ref: digestRef(repository, CHART_DIGEST), version: CHART_VERSION }
}
