import type { Directory, File, Secret, Service } from "@dagger.io/dagger"
import type { Settings } from "#lib/config/settings.ts"
import type { Tools } from "#lib/engine/tool.ts"
import type { GitAccessInput, Writer } from "#lib/gitops/bump-gitops.ts"
import type { CheckTools } from "#lib/gitops/checks/options.ts"
import type { DeliveryChoice } from "#lib/gitops/context.ts"
import type { VerifyImage } from "#lib/gitops/verification.ts"
import type { DigestRef } from "#lib/oci/reference.ts"
import type { RegistryInput } from "#lib/oci/registry-access.ts"
import type { VerificationFlags } from "#lib/ship/options/verification-options.ts"
import type { Signer } from "#lib/sign/signer.ts"
import type { SignerFlags, SignerInput, SigningKeyInput } from "#lib/sign/signer-input.ts"
import type { ApiInput } from "#lib/sync/cluster-api.ts"

// The constructor's arguments are flat fields of Slipway and of each group: in a nested object a secret does not survive
// the state. Here they become what the implementation takes.

type ToolFields = {
  trivyImage: string
  cosignImage: string
  craneImage: string
  kustomizeImage: string
  registryImage: string
  gitImage?: string
}

type CheckFields = Pick<ToolFields, "trivyImage" | "cosignImage" | "craneImage"> & {
  helmImage: string
  kubeconformImage: string
  conftestImage: string
  kyvernoImage: string
  kubernetesSchemas?: Directory
}

type RegistryFields = {
  registryUsername?: string
  registryPassword?: Secret
  registryConfig?: Secret
  registryService?: Service
  plainHttp?: boolean
  caCertificate?: File
}

type SignerFields = {
  cosignKey?: Secret
  cosignPassword?: Secret
  kmsKey?: string
  kmsCredentials?: Secret[]
  kmsCredentialNames?: string[]
  identityToken?: Secret
  requestUrl?: Secret
  requestToken?: Secret
  identity?: string
  issuer?: string
  fulcioUrl?: string
  rekorUrl?: string
  timestampUrl?: string
  signingConfig?: File
  trustedRoot?: File
}

type GitFields = {
  gitUsername?: string
  gitToken?: Secret
  gitSshKey?: Secret
  gitKnownHosts?: File
  gitService?: Service
  gitCaCertificate?: File
  gitSigningKey?: Secret
  gitSigningPassword?: Secret
  gitForgeToken?: Secret
  gitAppId?: string
  gitAppKey?: Secret
}

type ClusterFields = {
  kubeconfig?: Secret
  kubeContext?: string
  clusterServer?: string
  argocdServer?: string
  clusterToken?: Secret
  clusterCaCertificate?: File
  clusterService?: Service
}

type SettingsField = { settings?: File }

/** Gives a group the constructor's arguments that it declares as fields. A field costs a caller no call of the module. */
export function withAccess<Group extends object>(group: Group, access: object): Group {
  const own = Object.entries(access).filter(([name, value]) => name in group && value !== undefined)
  return Object.assign(group, Object.fromEntries(own))
}

export function toolImages(fields: ToolFields): Tools {
  const { trivyImage: trivy, cosignImage: cosign, craneImage: crane, gitImage: git } = fields
  const { kustomizeImage: kustomize, registryImage: registry } = fields
  return { trivy, cosign, crane, kustomize, registry, ...(git && { git }) }
}

/** The image that reads repositories: kustomize's has git too. */
export function gitReader({ gitImage, kustomizeImage }: Pick<ToolFields, "gitImage" | "kustomizeImage">): string {
  return gitImage ?? kustomizeImage
}

/** Settings by their file: a call needs them for registry, signer, git and its own options, and reads them once. */
const settingsOf = new WeakMap<File, Promise<Settings>>()

/** The settings of a function without a source. */
export async function givenSettings({ settings }: SettingsField): Promise<Settings> {
  const { readGivenSettings } = await import("#lib/ship/options/step-settings.ts")
  if (!settings) return await readGivenSettings()
  const reading = settingsOf.get(settings) ?? readGivenSettings(settings)
  settingsOf.set(settings, reading)
  return await reading
}

export function registryInput(fields: RegistryFields): RegistryInput {
  const login = { username: fields.registryUsername, password: fields.registryPassword }
  const network = { service: fields.registryService, plainHttp: fields.plainHttp, caCertificate: fields.caCertificate }
  return { ...login, dockerConfig: fields.registryConfig, ...network }
}

/** The registry of a function without a source, with the caller's logins for the images that the engine pulls. */
export async function stepRegistry(
  fields: RegistryFields & SettingsField,
  repository?: string,
): Promise<RegistryInput> {
  const { stepRegistry } = await import("#lib/ship/options/delivery-options.ts")
  const input = stepRegistry(registryInput(fields), await givenSettings(fields))
  await loginToPull(fields, repository)
  return input
}

type LoginFields = Pick<RegistryFields, "registryUsername" | "registryPassword" | "registryConfig">

/** Gives the engine the caller's logins for the images that it pulls; user and password are those of this repository. */
export async function loginToPull(fields: LoginFields, repository?: string): Promise<void> {
  const { loginEngine } = await import("#lib/oci/engine-login.ts")
  await loginEngine(registryInput(fields), repository === undefined ? [] : [repository])
}

/** The same for a function with a source: its slipway.yaml names the repositories. */
export async function loginForSource(fields: LoginFields, source: Directory, set: string[] = []): Promise<void> {
  const { loginForSettings, readSettings } = await import("#lib/ship/options/step-settings.ts")
  await loginForSettings(registryInput(fields), await readSettings(source, set))
}

type CosignFields = Pick<ToolFields, "cosignImage" | "craneImage"> & RegistryFields & SettingsField

/** An image by its digest, and cosign's tools with a way to its registry, for a fresh run. */
export async function cosignTools(ref: string, fields: CosignFields) {
  const { newRun } = await import("#lib/engine/tool.ts")
  const { parseDigestRef } = await import("#lib/oci/reference.ts")
  const { imageAccess } = await import("#lib/oci/registry-access.ts")
  const image = parseDigestRef(ref)
  const access = await imageAccess(image, await stepRegistry(fields, ref))
  return { image, tools: { access, cosignImage: fields.cosignImage, craneImage: fields.craneImage, run: newRun() } }
}

export async function signingInput(fields: SignerFields): Promise<SigningKeyInput> {
  const { signingToken } = await import("#lib/login/id-token.ts")
  const { cosignKey: key, cosignPassword: password, identityToken: token, requestUrl, requestToken } = fields
  const identityToken = signingToken({ token, requestUrl, requestToken })
  return { key, password, identityToken, ...(await signerNames(fields)) }
}

/** The key of a function without a source; `ci` are the job's variables, which name a keyless signer. */
export async function stepSigning(fields: SignerFields & SettingsField, ci: string[]): Promise<SigningKeyInput> {
  const { stepSigning } = await import("#lib/ship/options/delivery-options.ts")
  return stepSigning(await signingInput(fields), await givenSettings(fields), ci)
}

/** The signer that a verification accepts; a function's own flags win over what the signer's access names. */
export async function stepSigner(fields: SignerFields & SettingsField, flags: SignerFlags): Promise<Signer> {
  const { stepSigner } = await import("#lib/ship/options/delivery-options.ts")
  const { parseSigner } = await import("#lib/sign/signer-input.ts")
  return parseSigner(stepSigner(await signerNames(fields), flags, await givenSettings(fields)))
}

/** The signer that the constructor names, for a verification. */
export async function signerNames(fields: SignerFields): Promise<SignerInput> {
  const { pairCredentials } = await import("#lib/sign/signer-input.ts")
  const { kmsKey, identity, issuer, fulcioUrl, rekorUrl, timestampUrl, signingConfig, trustedRoot } = fields
  const kmsCredentials = pairCredentials(fields.kmsCredentialNames ?? [], fields.kmsCredentials ?? [])
  const services = { fulcioUrl, rekorUrl, timestampUrl, signingConfig, trustedRoot }
  return { kmsKey, kmsCredentials, identity, issuer, ...services }
}

/** How a bump, a promotion or a rollback verifies its image; a function's own flags win over the signer's access. */
export async function imageVerifier(
  fields: SignerFields & CosignFields,
  flags: VerificationFlags,
): Promise<VerifyImage> {
  const { imageVerifier } = await import("#lib/gitops/verification.ts")
  const { mergeVerification } = await import("#lib/ship/options/verification-options.ts")
  const choice = mergeVerification(await signerNames(fields), flags, await givenSettings(fields))
  return imageVerifier(choice, async (ref) => (await cosignTools(ref, fields)).tools)
}

export async function gitInput(fields: GitFields): Promise<Omit<GitAccessInput, "repo">> {
  const { pairApp } = await import("#lib/gitops/forge/github-app.ts")
  const token = { username: fields.gitUsername, token: fields.gitToken }
  const ssh = { sshKey: fields.gitSshKey, knownHosts: fields.gitKnownHosts }
  const server = { gitService: fields.gitService, gitCaCertificate: fields.gitCaCertificate }
  const signing = { signingKey: fields.gitSigningKey, signingPassword: fields.gitSigningPassword }
  return { ...token, ...ssh, ...server, ...signing, app: pairApp(fields.gitAppId, fields.gitAppKey, fields.gitToken) }
}

/** The images that the places of the settings' GitOps repository run, one for each service. */
export async function deployedRefs(fields: WriterFields): Promise<string[]> {
  const { serviceSettings } = await import("#lib/config/services.ts")
  const { deployedImage } = await import("#lib/gitops/bump-gitops.ts")
  const { mergePlace, mergeProposal } = await import("#lib/ship/options/delivery-options.ts")
  const settings = await givenSettings(fields)
  const services = [...serviceSettings(settings).values()]
  const images = (services.length ? services : [settings]).map(async (its) => {
    const place = mergePlace({ edits: [], kustomizeOptions: [] }, its)
    const { forge, endpoint } = mergeProposal({}, its)
    const writer = await gitWriter(place.repo, fields, { forge, endpoint })
    return await deployedImage({ ...place.options, repository: its.repository }, writer)
  })
  return await Promise.all(images)
}

export function clusterInput(fields: ClusterFields): ApiInput {
  const { kubeconfig, kubeContext, clusterServer: server, argocdServer } = fields
  const { clusterToken: token, clusterCaCertificate: caCertificate, clusterService: service } = fields
  return { kubeconfig, kubeContext, server, argocdServer, token, caCertificate, service }
}

/** The programs that check a bump's manifests, and the site's schemas. */
export function checkTools({ kubernetesSchemas: schemas, ...fields }: CheckFields): CheckTools {
  const { helmImage: helm, kubeconformImage: kubeconform, conftestImage: conftest, kyvernoImage: kyverno } = fields
  const { trivyImage: trivy, cosignImage: cosign, craneImage: crane } = fields
  return { helm, kubeconform, conftest, kyverno, trivy, cosign, crane, ...(schemas && { schemas }) }
}

/** Access for a change of the GitOps repository, with the settings' checks of its manifests. */
export async function checkedWriter(
  repo: string,
  fields: WriterFields & CheckFields & RegistryFields,
  proposal: DeliveryChoice,
): Promise<Writer> {
  const { parseChecks } = await import("#lib/gitops/checks/options.ts")
  const { imageAccess } = await import("#lib/oci/registry-access.ts")
  const options = parseChecks((await givenSettings(fields)).checks)
  const writer = await gitWriter(repo, fields, proposal)
  if (!options) return writer
  const access = async (ref: DigestRef) => await imageAccess(ref, await stepRegistry(fields, ref))
  return { ...writer, checks: { options, tools: checkTools(fields), access } }
}

type WriterFields = GitFields & LoginFields & SettingsField & Pick<ToolFields, "gitImage" | "kustomizeImage">

export async function gitWriter(repo: string, fields: WriterFields, proposal: DeliveryChoice): Promise<Writer> {
  const { newRun } = await import("#lib/engine/tool.ts")
  await loginToPull(fields, (await givenSettings(fields)).repository)
  const delivery = { ...proposal, token: fields.gitForgeToken }
  const images = { image: fields.kustomizeImage, gitImage: fields.gitImage }
  return { access: { repo, ...(await gitInput(fields)) }, delivery, ...images, run: newRun() }
}
