import type { File, Secret, Service } from "@dagger.io/dagger"
import { renewAfter, type SecretSource } from "../engine/secret.ts"
import type { Run } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { type DigestRef, parseDigestRef } from "../oci/reference.ts"
import type { Checks } from "./checks/options.ts"
import { type BumpContext, type BumpResult, type DeliveryChoice, parseDelivery } from "./context.ts"
import {
  type DeployedOptions,
  type PromoteOptions,
  promote,
  type RollbackOptions,
  readDeployed,
  rollback,
} from "./deployed.ts"
import { type HistoryOptions, readDeploymentHistory } from "./deployment-history.ts"
import { renderDeploymentHistory, renderDeploymentHistoryJson } from "./deployment-history-text.ts"
import { appToken, type GithubApp } from "./forge/github-app.ts"
import { type GitAccess, requireAccess } from "./git/access.ts"
import type { CommitSigning } from "./git/commit-signing.ts"
import { forgeUsername, type GitRemote, parseGitRemote } from "./git/remote.ts"
import { type BumpOptions, parseBumpOptions } from "./options.ts"
import { renderBump, renderBumpPlan } from "./outcome.ts"
import { deliverBump, planDelivery } from "./proposal.ts"
import type { VerifyImage } from "./verification.ts"

/** A repository, its credentials and the key that signs its commits, as a caller passes them. */
export type GitAccessInput = {
  repo: string
  username?: string
  token?: Secret
  /** Replaces `token`: the App creates one. */
  app?: GithubApp
  sshKey?: Secret
  knownHosts?: File
  gitCaCertificate?: File
  gitService?: Service
  signingKey?: Secret
  signingPassword?: Secret
}

/** All that a write needs besides the change: access, delivery, the images of kustomize and git, and the run. */
export type Writer = {
  access: GitAccessInput
  delivery?: DeliveryChoice
  image: string
  gitImage?: string
  run: Run
  checks?: Checks
}

/** A writer that verifies each image before it writes the digest. */
export type VerifyingWriter = Writer & { verify: VerifyImage }

export type BumpInput = VerifyingWriter & { options: BumpOptions; dryRun: boolean }

/** Runs one bump, from a caller's flat options to the text output. */
export async function bumpRepository({ options, dryRun, ...writer }: BumpInput): Promise<string> {
  const request = parseBumpOptions(options)
  const verify = () => writer.verify(parseDigestRef(options.ref), request.kind)
  if (!dryRun)
    return await write(writer, async (context) => {
      const verification = await verify()
      return { request, verification, outcome: await deliverBump(request, context) }
    })
  const context = await bumpContext(writer)
  const verification = await verify()
  const { remote } = context.access
  return renderBumpPlan(await planDelivery(request, context), { request, remote, verification })
}

export async function rollbackRepository(options: RollbackOptions, writer: VerifyingWriter): Promise<string> {
  return await write(writer, (context) => rollback(options, { ...context, verify: writer.verify }))
}

export async function promoteRepository(options: PromoteOptions, writer: VerifyingWriter): Promise<string> {
  return await write(writer, (context) => promote(options, { ...context, verify: writer.verify }))
}

/** Returns the image that an environment runs, by digest. */
export async function deployedImage(options: DeployedOptions, writer: Writer): Promise<DigestRef> {
  return (await readDeployed(options, await bumpContext(writer))).ref
}

/** The deployments that the branches' bumps record, as text or as JSON. */
export async function deploymentHistory(
  { asJson, ...options }: HistoryOptions & { asJson: boolean },
  writer: Writer,
): Promise<string> {
  const context = await bumpContext(writer)
  const environments = await readDeploymentHistory(options, context)
  const subject = { ...options, url: context.access.remote.url }
  return (asJson ? renderDeploymentHistoryJson : renderDeploymentHistory)(environments, subject)
}

async function write(writer: Writer, act: (context: BumpContext) => Promise<BumpResult>): Promise<string> {
  const context = await bumpContext(writer)
  const { request, verification, outcome } = await act(context)
  return renderBump(outcome, { request, remote: context.access.remote, verification })
}

/** Validates the options before anything is cloned. */
export async function bumpContext({ access, delivery, ...images }: Writer): Promise<BumpContext> {
  const signing = commitSigning(access, images.gitImage ?? images.image)
  const { branch } = images.checks?.options ?? {}
  if (branch && delivery?.pullRequest) throw renderedRequest(branch)
  return { ...(await openRepository(access, delivery)), ...images, ...(signing && { signing }) }
}

/** A request is merged later, on another tip: its manifests would be rendered from a commit that never is on the branch. */
function renderedRequest(branch: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a bump that is pushed, with checks.render.branch",
    got: `a pull request, and the branch ${branch} for the rendered manifests`,
    fix: "Omit checks.render.branch and render after the merge, or push the bump without --pull-request.",
  })
}

function commitSigning(
  { signingKey: key, signingPassword: password }: GitAccessInput,
  image: string,
): CommitSigning | undefined {
  if (key) return { key, ...(password && { password }), image }
  if (!password) return undefined
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "--git-signing-key with --git-signing-password",
    got: "none",
    fix: "Pass --git-signing-key, the key that the password decrypts, or omit --git-signing-password.",
  })
}

/** Validates access and delivery before anything is cloned. A GitHub App creates its first token here. */
export async function openRepository(
  { app, ...input }: GitAccessInput,
  choice: DeliveryChoice = {},
): Promise<Required<Pick<BumpContext, "access" | "delivery">>> {
  const { endpoint, pullRequest = false } = choice
  const remote = parseGitRemote(input.repo)
  const { gitCaCertificate: authority } = input
  const place = { remote, pullRequest, ...(endpoint && { endpoint }), ...(authority && { authority }) }
  const token = app ? await lastingToken(app, place) : input.token
  const username = input.username ?? (choice.forge && forgeUsername(remote, choice.forge))
  // over SSH only the forge's API uses the certificate
  const git = pullRequest && remote.transport === "ssh" ? { ...input, gitCaCertificate: undefined } : input
  const access = gitAccess({ ...git, remote, token, ...(username && { username }) })
  return { access, delivery: parseDelivery(choice, { ...access, ...(authority && { caCertificate: authority }) }) }
}

/** An App's token expires after an hour, and a release can take longer: a token is renewed once it is old. */
async function lastingToken(...request: Parameters<typeof appToken>): Promise<SecretSource> {
  const token = renewAfter(() => appToken(...request), RENEW_SECONDS)
  await token() // an App without access fails before anything else happens
  return token
}
const RENEW_SECONDS = 600

type Logins = Omit<GitAccessInput, "repo" | "app" | "token"> & { remote: GitRemote; token?: SecretSource }

function gitAccess(logins: Logins): GitAccess {
  const { remote, username, token, sshKey, knownHosts, gitCaCertificate, gitService } = logins
  return requireAccess({
    remote,
    ...(token && { login: { ...(username && { username }), token } }),
    ...(sshKey && { ssh: { key: sshKey, ...(knownHosts && { knownHosts }) } }),
    ...(gitCaCertificate && { caCertificate: gitCaCertificate }),
    ...(gitService && { service: gitService }),
  })
}
