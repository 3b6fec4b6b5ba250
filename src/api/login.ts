import { type File, func, object, type Secret } from "@dagger.io/dagger"
import type { LoginInput } from "#lib/login/short-lived-login.ts"
import {
  AWS_AUDIENCE,
  AZURE_AUDIENCE,
  ENTRA_ENDPOINT,
  HUB_AUDIENCE,
  HUB_ENDPOINT,
  IAM_ENDPOINT,
  STS_ENDPOINT,
} from "../defaults.ts"

/** Short-lived registry logins from a CI job's OIDC token */
@object()
export class Login {
  requestUrl?: Secret
  requestToken?: Secret
  registryConfig?: Secret
  gitAppId?: string
  gitAppKey?: Secret
  gitCaCertificate?: File

  /**
   * Log in to Amazon ECR, private or public, with a CI job's OIDC token instead of a stored key.
   *
   * Returns a docker config.json with this login and those of the constructor's registryConfig, valid for 12 hours: in
   * dagger's shell `. --registry-config=$(login | ecr …) | publish …`. The token is exchanged for credentials of the role,
   * and those for the login. Errors: LOGIN_REFUSED shows issuer, audience and subject of the token, and the field of the
   * trust policy to check; OPTIONS_INVALID; ADDRESS_INVALID.
   *
   * @param repository Repository to log in to, such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/app
   * @param role ARN of the role that trusts the token
   * @param idToken The CI job's OIDC token: in GitLab the variable that id_tokens names, with the audience below; default: requested from GitHub with the constructor's requestUrl and requestToken
   * @param audience Audience to request the token for; default sts.amazonaws.com
   * @param sessionName Name of the session in CloudTrail; default slipway
   * @param region Region of the registry; default the one in the repository
   * @param stsEndpoint Address of STS; default the region's
   * @param ecrEndpoint Address of ECR's API; default the region's
   */
  @func({ cache: "never" }) // a login expires
  async ecr(
    repository: string,
    role: string,
    idToken?: Secret,
    audience: string = AWS_AUDIENCE,
    sessionName: string = "slipway",
    region?: string,
    stsEndpoint?: string,
    ecrEndpoint?: string,
  ): Promise<Secret> {
    const { ecrLogin } = await import("#lib/login/short-lived-login.ts")
    const place = { region, stsEndpoint, ecrEndpoint }
    return await ecrLogin(this.request(repository, idToken), { role, sessionName, audience, ...place })
  }

  /**
   * Log in to Google Artifact Registry with a CI job's OIDC token, through workload identity federation.
   *
   * Returns a docker config.json with this login and those of the constructor's registryConfig, valid for an hour: in
   * dagger's shell `. --registry-config=$(login | google …) | publish …`. Errors: LOGIN_REFUSED shows issuer, audience and
   * subject of the token, and the field of the provider to check; OPTIONS_INVALID; ADDRESS_INVALID.
   *
   * @param repository Repository to log in to, such as europe-docker.pkg.dev/project/repository/app
   * @param provider The workload identity provider, as projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER
   * @param idToken The CI job's OIDC token: in GitLab the variable that id_tokens names, with the audience below; default: requested from GitHub with the constructor's requestUrl and requestToken
   * @param serviceAccount Email address of a service account to impersonate; default none, the federated identity itself
   * @param audience Audience to request the token for; default https://iam.googleapis.com/ and the provider
   * @param stsEndpoint Address of the token exchange; default Google's
   * @param iamEndpoint Address of the IAM credentials API; default Google's
   */
  @func({ cache: "never" }) // a login expires
  async google(
    repository: string,
    provider: string,
    idToken?: Secret,
    serviceAccount?: string,
    audience?: string,
    stsEndpoint: string = STS_ENDPOINT,
    iamEndpoint: string = IAM_ENDPOINT,
  ): Promise<Secret> {
    const { googleLogin } = await import("#lib/login/short-lived-login.ts")
    const input = { provider, serviceAccount, audience, stsEndpoint, iamEndpoint }
    return await googleLogin(this.request(repository, idToken), input)
  }

  /**
   * Log in to an Azure container registry with a CI job's OIDC token, through an app's federated credential.
   *
   * Returns a docker config.json with this login and those of the constructor's registryConfig, valid for about three
   * hours: in dagger's shell `. --registry-config=$(login | azure …) | publish …`. Errors: LOGIN_REFUSED shows issuer,
   * audience and subject of the token, and the field of the federated credential to check; OPTIONS_INVALID;
   * ADDRESS_INVALID.
   *
   * @param repository Repository to log in to, such as acme.azurecr.io/app
   * @param tenant ID of the tenant
   * @param client ID of the app, or of the managed identity, that trusts the token
   * @param idToken The CI job's OIDC token: in GitLab the variable that id_tokens names, with the audience below; default: requested from GitHub with the constructor's requestUrl and requestToken
   * @param audience Audience to request the token for; default api://AzureADTokenExchange
   * @param entraEndpoint Address of Microsoft Entra; default the public cloud's
   * @param registryEndpoint Address of the registry's token exchange; default the registry itself
   */
  @func({ cache: "never" }) // a login expires
  async azure(
    repository: string,
    tenant: string,
    client: string,
    idToken?: Secret,
    audience: string = AZURE_AUDIENCE,
    entraEndpoint: string = ENTRA_ENDPOINT,
    registryEndpoint?: string,
  ): Promise<Secret> {
    const { azureLogin } = await import("#lib/login/short-lived-login.ts")
    const input = { tenant, client, audience, entraEndpoint, registryEndpoint }
    return await azureLogin(this.request(repository, idToken), input)
  }

  /**
   * Log in to Docker Hub with a CI job's OIDC token, through an organisation's OIDC connection.
   *
   * Returns a docker config.json with this login and those of the constructor's registryConfig: in dagger's shell
   * `. --registry-config=$(login | docker-hub …) | publish …`. Errors: LOGIN_REFUSED shows issuer, audience and subject of
   * the token, and the setting of the connection to check; OPTIONS_INVALID; ADDRESS_INVALID.
   *
   * @param repository Repository to log in to, such as docker.io/acme/app
   * @param organization Name of the organisation, which is the user
   * @param connection ID of its OIDC connection
   * @param idToken The CI job's OIDC token: in GitLab the variable that id_tokens names, with the audience below; default: requested from GitHub with the constructor's requestUrl and requestToken
   * @param lifetime Seconds that the login is valid, from 300 to 3600; default 3600
   * @param audience Audience to request the token for; default https://identity.docker.com
   * @param endpoint Address of the token exchange; default Docker's
   */
  @func({ cache: "never" }) // a login expires
  async dockerHub(
    repository: string,
    organization: string,
    connection: string,
    idToken?: Secret,
    lifetime: number = 3600,
    audience: string = HUB_AUDIENCE,
    endpoint: string = HUB_ENDPOINT,
  ): Promise<Secret> {
    const { dockerHubLogin } = await import("#lib/login/short-lived-login.ts")
    const input = { organization, connection, lifetime, audience, endpoint }
    return await dockerHubLogin(this.request(repository, idToken), input)
  }

  /**
   * Log in with a token that the registry accepts as a password: a CI job's for GHCR or GitLab, or another tool's.
   *
   * Returns a docker config.json with this login and those of the constructor's registryConfig: in dagger's shell
   * `. --registry-config=$(login | token …) | publish …`. For several registries, pass each login to the next one as
   * registryConfig. Errors: ADDRESS_INVALID; OPTIONS_INVALID for a registry that needs a username.
   *
   * @param repository Repository to log in to, such as ghcr.io/acme/app
   * @param registryToken The token: on GitHub env:GITHUB_TOKEN, in GitLab env:CI_JOB_TOKEN
   * @param username User of the token; default what the registry documents (GHCR, gitlab.com, Google, Azure, ECR)
   */
  @func({ cache: "never" }) // a login expires
  async token(repository: string, registryToken: Secret, username?: string): Promise<Secret> {
    const { tokenLogin } = await import("#lib/login/short-lived-login.ts")
    return await tokenLogin({ repository, token: registryToken, others: this.registryConfig }, username)
  }

  /**
   * Get a token of a GitHub App for one repository, for git and for pull requests.
   *
   * The constructor's gitAppId and gitAppKey sign a request that is valid for ten minutes. Returns a token that is valid for
   * an hour, for this repository alone, with the permission to write its contents (and pull requests). bump-gitops, ship,
   * gitops promote and gitops rollback request one themselves. Errors: FORGE_REFUSED if the App is not installed there or
   * lacks a permission; KEY_INVALID; OPTIONS_INVALID.
   *
   * @param repo Address of the repository on GitHub
   * @param pullRequest Allow opening pull requests too; default false
   * @param forgeEndpoint Address of GitHub's API; default the usual one of the repository's host
   */
  @func({ cache: "never" }) // a token expires
  async githubApp(repo: string, pullRequest: boolean = false, forgeEndpoint?: string): Promise<Secret> {
    const { appToken, requireApp } = await import("#lib/gitops/forge/github-app.ts")
    const { parseGitRemote } = await import("#lib/gitops/git/remote.ts")
    const place = { remote: parseGitRemote(repo), pullRequest, endpoint: forgeEndpoint }
    return await appToken(requireApp(this.gitAppId, this.gitAppKey), { ...place, authority: this.gitCaCertificate })
  }

  /** The job that logs in: its token, or the way to request one; and the logins that the new one joins. */
  private request(repository: string, token?: Secret): LoginInput {
    const source = token ? { token } : { requestUrl: this.requestUrl, requestToken: this.requestToken }
    return { repository, source, others: this.registryConfig }
  }
}
