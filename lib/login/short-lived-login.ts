import type { Secret } from "@dagger.io/dagger"
import { secretText } from "../engine/secret.ts"
import { quote, SlipwayError } from "../error.ts"
import { parseRepository, type Repository } from "../oci/reference.ts"
import { loginSecret } from "../oci/registry-access.ts"
import {
  assumeRoleRequest,
  authorizationRequest,
  type EcrInput,
  ecrPlace,
  parseAuthorization,
  parseCredentials,
  signRequest,
} from "./aws.ts"
import {
  ACR_USER,
  ASSERTION,
  AssertionAnswer,
  assertionRequest,
  REGISTRY_TOKEN,
  RegistryTokenAnswer,
  registryTokenRequest,
} from "./azure.ts"
import { HUB, HubAnswer, hubTokenRequest } from "./docker-hub.ts"
import { readAnswer, send } from "./exchange.ts"
import {
  defaultAudience,
  FEDERATION,
  FederationAnswer,
  federationRequest,
  GOOGLE_USER,
  IMPERSONATION,
  ImpersonationAnswer,
  impersonationRequest,
  parseProvider,
} from "./google.ts"
import { readIdToken, type TokenSource } from "./id-token.ts"

// the user that each registry documents for a token; GHCR ignores it
const USERS: { host: RegExp; user: string }[] = [
  { host: /^ghcr\.io$/, user: "x-access-token" },
  { host: /^registry\.gitlab\.com$/, user: "gitlab-ci-token" },
  { host: /\.pkg\.dev$|^(?:[a-z]+\.)?gcr\.io$/, user: GOOGLE_USER },
  { host: /\.azurecr\.(?:io|cn|us)$/, user: ACR_USER },
  { host: /\.amazonaws\.com(?:\.cn)?$|^public\.ecr\.aws$/, user: "AWS" },
]

/** The user for a registry's token, if it is always the same. */
export function userName({ host }: Repository, given?: string): string {
  const user = given ?? USERS.find((known) => known.host.test(host))?.user
  if (user) return user
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "the user of the token",
    got: `none, for ${quote(host)}`,
    fix: "Pass --username: gitlab-ci-token for a self-managed GitLab, the organisation or user for Docker Hub.",
  })
}

/** The input of every login: the repository, the source of its token, and other logins to keep. */
export type LoginInput = { repository: string; source: TokenSource; others?: Secret }

/** Exchanges the token for a role's keys, and these for an ECR login. */
export async function ecrLogin(
  { repository: name, source, others }: LoginInput,
  { role, sessionName, audience, ...input }: EcrInput & { role: string; sessionName: string; audience: string },
): Promise<Secret> {
  const repository = parseRepository(name)
  const place = ecrPlace(repository, input)
  const token = await readIdToken(source, audience)
  const request = assumeRoleRequest(place.stsEndpoint, { role, sessionName, jwt: token.jwt })
  const keys = parseCredentials(await send(request), token)
  const scope = { region: place.region, service: place.service, time: new Date() }
  const login = parseAuthorization(await send(signRequest(authorizationRequest(place), keys, scope)))
  return await loginSecret(repository, login, others)
}

type GoogleInput = {
  provider: string
  serviceAccount?: string
  audience?: string
  stsEndpoint: string
  iamEndpoint: string
}

/** Exchanges the token for an access token, and impersonates the service account if one is named. */
export async function googleLogin(
  { repository: name, source, others }: LoginInput,
  input: GoogleInput,
): Promise<Secret> {
  const repository = parseRepository(name)
  const provider = parseProvider(input.provider)
  const token = await readIdToken(source, input.audience ?? defaultAudience(provider))
  const federated = await send(federationRequest(input.stsEndpoint, { provider, jwt: token.jwt }))
  const own = readAnswer(federated, { exchange: FEDERATION, schema: FederationAnswer, token }).access_token
  const password = input.serviceAccount ? await impersonate(input.serviceAccount, own, input.iamEndpoint) : own
  return await loginSecret(repository, { username: GOOGLE_USER, password }, others)
}

async function impersonate(serviceAccount: string, accessToken: string, endpoint: string): Promise<string> {
  const response = await send(impersonationRequest(endpoint, { serviceAccount, accessToken }))
  return readAnswer(response, { exchange: IMPERSONATION, schema: ImpersonationAnswer }).accessToken
}

type AzureInput = {
  tenant: string
  client: string
  audience: string
  entraEndpoint: string
  registryEndpoint?: string
}

/** Exchanges the token for an app's access token, and that for the registry's refresh token. */
export async function azureLogin({ repository: name, source, others }: LoginInput, input: AzureInput): Promise<Secret> {
  const repository = parseRepository(name)
  const { tenant, client, audience, entraEndpoint, registryEndpoint = `https://${repository.host}` } = input
  const token = await readIdToken(source, audience)
  const asserted = await send(assertionRequest(entraEndpoint, { tenant, client, jwt: token.jwt }))
  const accessToken = readAnswer(asserted, { exchange: ASSERTION, schema: AssertionAnswer, token }).access_token
  const exchanged = await send(registryTokenRequest(registryEndpoint, { host: repository.host, tenant, accessToken }))
  const password = readAnswer(exchanged, { exchange: REGISTRY_TOKEN, schema: RegistryTokenAnswer }).refresh_token
  return await loginSecret(repository, { username: ACR_USER, password }, others)
}

type HubInput = {
  organization: string
  connection: string
  lifetime: number
  audience: string
  endpoint: string
}

/** Exchanges the token for the organisation's access token. */
export async function dockerHubLogin(
  { repository: name, source, others }: LoginInput,
  input: HubInput,
): Promise<Secret> {
  const repository = parseRepository(name)
  const { organization, connection, lifetime, audience, endpoint } = input
  const token = await readIdToken(source, audience)
  const response = await send(hubTokenRequest(endpoint, { connection, lifetime, jwt: token.jwt }))
  const password = readAnswer(response, { exchange: HUB, schema: HubAnswer, token }).access_token
  return await loginSecret(repository, { username: organization, password }, others)
}

/** A token that the registry accepts as a password: GitHub's and GitLab's job tokens are valid as long as the job. */
export async function tokenLogin(
  { repository: name, token, others }: { repository: string; token: Secret; others?: Secret },
  username?: string,
): Promise<Secret> {
  const repository = parseRepository(name)
  const user = userName(repository, username)
  // config.json needs user and token joined in base64
  const password = (await secretText(token, "--registry-token")).trim()
  return await loginSecret(repository, { username: user, password }, others)
}
