/**
 * From source to a verified digest in the GitOps repository, as one typed call.
 *
 * test ∥ multi-arch build → scan every platform → push by digest → sign → attest → verify → only then tag → GitOps bump.
 * `ship` is the whole chain; each step is a function of its own. What travels between them is an OCI image layout with
 * one image index (a Directory), and afterwards a reference by digest, never a tag.
 */
import {
  type Container,
  type Directory,
  type File,
  func,
  object,
  type Secret,
  type Service,
  type Socket,
} from "@dagger.io/dagger"
import type { Settings } from "#lib/config/settings.ts"
import type { Tools } from "#lib/config/tools.ts"
import type { GitAccessInput, Writer } from "#lib/gitops/bump-gitops.ts"
import type { DeliveryChoice } from "#lib/gitops/delivery.ts"
import type { LoginInput } from "#lib/login/short-lived.ts"
import type { RegistryInput } from "#lib/oci/registry-login.ts"
import type { ScanTools } from "#lib/scan/scan-layout.ts"
import type { ShipRequest } from "#lib/ship/flags.ts"
import type { ShipWhat } from "#lib/ship/options.ts"
import type { ScanFlags } from "#lib/ship/stage-options.ts"
import type { BundleFormat } from "#lib/sign/args.ts"
import type { SignerFlags, SignerInput, SigningKeyInput } from "#lib/sign/key-input.ts"
import type { Signer } from "#lib/sign/signing-key.ts"
import type { Release } from "./api/release.ts"
import {
  AWS_AUDIENCE,
  AZURE_AUDIENCE,
  DEFAULT_AUTHOR,
  DEFAULT_EMAIL,
  DEFAULT_NAME,
  DEFAULT_TIMEOUT,
  ENTRA_ENDPOINT,
  HUB_AUDIENCE,
  HUB_ENDPOINT,
  IAM_ENDPOINT,
  MODULE_PLACEHOLDER,
  PROMOTION_MESSAGE,
  ROLLBACK_MESSAGE,
  STS_ENDPOINT,
} from "./defaults.ts"
import { RegistryKind, type Scanner, type Severity } from "./enums.ts"
import {
  COSIGN_IMAGE,
  CRANE_IMAGE,
  GRYPE_IMAGE,
  KUSTOMIZE_IMAGE,
  NODE_IMAGE,
  REGISTRY_IMAGE,
  TRIVY_IMAGE,
} from "./tool-images.ts"

@object()
export class Slipway {
  private trivyImage: string
  private cosignImage: string
  private craneImage: string
  private kustomizeImage: string
  private registryImage: string
  private vulnerabilityDb?: Directory
  private nodeImage: string
  private grypeImage: string
  private grypeDb?: Directory
  private gitImage?: string
  private settings?: File
  private registryUsername?: string
  private registryPassword?: Secret
  private registryConfig?: Secret
  private registryService?: Service
  private plainHttp?: boolean
  private caCertificate?: File
  private cosignKey?: Secret
  private cosignPassword?: Secret
  private kmsKey?: string
  private kmsCredentials: Secret[]
  private kmsCredentialNames: string[]
  private identityToken?: Secret
  private requestUrl?: Secret
  private requestToken?: Secret
  private identity?: string
  private issuer?: string
  private fulcioUrl?: string
  private rekorUrl?: string
  private timestampUrl?: string
  private signingConfig?: File
  private trustedRoot?: File
  private gitUsername?: string
  private gitToken?: Secret
  private gitSshKey?: Secret
  private gitKnownHosts?: File
  private gitService?: Service
  private gitCaCertificate?: File
  private gitSigningKey?: Secret
  private gitSigningPassword?: Secret
  private gitForgeToken?: Secret
  private gitAppId?: string
  private gitAppKey?: Secret

  /**
   * Tools, and access to registry, signer and git, for every function.
   *
   * @param trivyImage Image of the scanner Trivy; default the official one, by digest
   * @param cosignImage Image of the signer cosign; default the official one, by digest
   * @param craneImage Image of the registry client crane; default the official one, by digest
   * @param kustomizeImage Image with kustomize and git; default kustomize's official one, by digest
   * @param registryImage Image of the registry that stands in during a rehearsal; default the official one, by digest
   * @param vulnerabilityDb Trivy's vulnerability database, a directory with trivy.db and metadata.json; default: Trivy downloads its own, kept in a cache volume
   * @param nodeImage Image with Node 24, in which a built image is made reproducible and a given one is hashed; default the one that the engine runs this module in
   * @param grypeImage Image of the scanner Grype; default the official one, by digest
   * @param grypeDb Grype's vulnerability database, a directory with its folder 6; default: Grype downloads its own, kept in a cache volume
   * @param gitImage Image with git and ssh that reads the source's repository and writes to GitOps repositories, and gpg for commits signed with an OpenPGP key, such as docker.io/library/buildpack-deps:bookworm-scm by its digest; default kustomizeImage, which has no gpg
   * @param settings A slipway.yaml for the functions without a source: scans, publish, tag, signatures and their verification, bumpGitops; arguments win over it, and of several services what holds for all counts; default none
   * @param registryUsername User of the registry; default none, an anonymous client
   * @param registryPassword Password or token of that user; default none
   * @param registryConfig A docker config.json with logins for one or more registries; registryUsername and registryPassword win for the registry of the call; default none
   * @param registryService A registry in the same graph, bound under the host of the image's address; default none
   * @param plainHttp The registry speaks plain HTTP; if it speaks TLS after all, its certificate is not checked; default what slipway.yaml says, else false
   * @param caCertificate Certificate of the registry's own authority, as PEM; default the public ones
   * @param cosignKey Private key that signs, as cosign generate-key-pair writes it; default none. One of cosignKey, kmsKey and identityToken (or requestUrl) signs
   * @param cosignPassword Password of that key; default an empty one
   * @param kmsKey Address of a key in a KMS: awskms://, gcpkms://, azurekms:// or hashivault://; default what slipway.yaml says, else none
   * @param kmsCredentials Credentials of the KMS's client; default none
   * @param kmsCredentialNames The variable of each of the kmsCredentials, in the same order, such as AWS_ACCESS_KEY_ID; one that a client reads from a file, such as GOOGLE_APPLICATION_CREDENTIALS, becomes that file; default none
   * @param identityToken OIDC token with audience sigstore, to sign without a key; needs identity and issuer; default none
   * @param requestUrl ACTIONS_ID_TOKEN_REQUEST_URL of a GitHub job, to request a fresh token right before each use, instead of identityToken; default none
   * @param requestToken ACTIONS_ID_TOKEN_REQUEST_TOKEN of that job; default none
   * @param identity The signer that a certificate must name, exactly; default what slipway.yaml says, else none
   * @param issuer The issuer that vouches for the identity, exactly; default what slipway.yaml says, else none
   * @param fulcioUrl A private certificate authority; default Sigstore's public one
   * @param rekorUrl A private transparency log, Rekor 1 (2 is named by a signingConfig); default none beside a fulcioUrl, else Sigstore's public one
   * @param timestampUrl A timestamp authority; default none, or what the trusted root has
   * @param signingConfig Sigstore's signing config of a private instance, instead of the three addresses; default none
   * @param trustedRoot Sigstore's trusted root of a private instance, needed with fulcioUrl or signingConfig; default the public one
   * @param gitUsername User of the git server; default what its forge wants beside a token (x-access-token, oauth2, x-token-auth)
   * @param gitToken Token or password for the GitOps repository, for an https:// address; default none
   * @param gitSshKey Private SSH key for the GitOps repository, for an ssh address; default none
   * @param gitKnownHosts The git server's host keys as ssh-keyscan prints them, required with gitSshKey; default none
   * @param gitService A git server in the same graph, bound under the repository's host; default none
   * @param gitCaCertificate Certificate of the authority of the git server and its forge's API, as PEM; default the public ones
   * @param gitSigningKey Private key that signs the GitOps commit: of ssh-keygen, or gpg --armor --export-secret-keys, which takes gitImage; default none
   * @param gitSigningPassword Password of that key; default none
   * @param gitForgeToken Token for the forge's API, if it is not the one for git; default gitToken
   * @param gitAppId ID of a GitHub App, which gets a token for the GitOps repository alone, instead of gitToken; default none
   * @param gitAppKey Private key of the GitHub App; default none
   */
  constructor(
    trivyImage: string = TRIVY_IMAGE,
    cosignImage: string = COSIGN_IMAGE,
    craneImage: string = CRANE_IMAGE,
    kustomizeImage: string = KUSTOMIZE_IMAGE,
    registryImage: string = REGISTRY_IMAGE,
    vulnerabilityDb?: Directory,
    nodeImage: string = NODE_IMAGE,
    grypeImage: string = GRYPE_IMAGE,
    grypeDb?: Directory,
    gitImage?: string,
    settings?: File,
    registryUsername?: string,
    registryPassword?: Secret,
    registryConfig?: Secret,
    registryService?: Service,
    plainHttp?: boolean,
    caCertificate?: File,
    cosignKey?: Secret,
    cosignPassword?: Secret,
    kmsKey?: string,
    kmsCredentials: Secret[] = [],
    kmsCredentialNames: string[] = [],
    identityToken?: Secret,
    requestUrl?: Secret,
    requestToken?: Secret,
    identity?: string,
    issuer?: string,
    fulcioUrl?: string,
    rekorUrl?: string,
    timestampUrl?: string,
    signingConfig?: File,
    trustedRoot?: File,
    gitUsername?: string,
    gitToken?: Secret,
    gitSshKey?: Secret,
    gitKnownHosts?: File,
    gitService?: Service,
    gitCaCertificate?: File,
    gitSigningKey?: Secret,
    gitSigningPassword?: Secret,
    gitForgeToken?: Secret,
    gitAppId?: string,
    gitAppKey?: Secret,
  ) {
    this.trivyImage = trivyImage
    this.cosignImage = cosignImage
    this.craneImage = craneImage
    this.kustomizeImage = kustomizeImage
    this.registryImage = registryImage
    this.vulnerabilityDb = vulnerabilityDb
    this.nodeImage = nodeImage
    this.grypeImage = grypeImage
    this.grypeDb = grypeDb
    this.gitImage = gitImage
    this.settings = settings
    this.registryUsername = registryUsername
    this.registryPassword = registryPassword
    this.registryConfig = registryConfig
    this.registryService = registryService
    this.plainHttp = plainHttp
    this.caCertificate = caCertificate
    this.cosignKey = cosignKey
    this.cosignPassword = cosignPassword
    this.kmsKey = kmsKey
    this.kmsCredentials = kmsCredentials
    this.kmsCredentialNames = kmsCredentialNames
    this.identityToken = identityToken
    this.requestUrl = requestUrl
    this.requestToken = requestToken
    this.identity = identity
    this.issuer = issuer
    this.fulcioUrl = fulcioUrl
    this.rekorUrl = rekorUrl
    this.timestampUrl = timestampUrl
    this.signingConfig = signingConfig
    this.trustedRoot = trustedRoot
    this.gitUsername = gitUsername
    this.gitToken = gitToken
    this.gitSshKey = gitSshKey
    this.gitKnownHosts = gitKnownHosts
    this.gitService = gitService
    this.gitCaCertificate = gitCaCertificate
    this.gitSigningKey = gitSigningKey
    this.gitSigningPassword = gitSigningPassword
    this.gitForgeToken = gitForgeToken
    this.gitAppId = gitAppId
    this.gitAppKey = gitAppKey
  }

  // --- test ---

  /**
   * Run the project's own tests in a container of their own, independent runners side by side.
   *
   * Recognises Go, Node (npm, pnpm, Yarn), Bun, Python (uv, Poetry, pip; pytest, Django), Rust, Maven, Gradle, .NET, and a
   * Dockerfile's stage named test; a member of a workspace is tested from the workspace's root. Answers a line for each runner (tests, time, image) and the end of its output. Tests that passed on
   * the same source are not run again, unless they have services or secrets; failed ones always are. What is no argument is
   * as slipway.yaml says of the tests; several services are tested side by side. Errors: TESTS_FAILED
   * with the tests' own output and the services' logs, also of tests that did not end in time; RUNNER_NOT_FOUND says what was looked for; SERVICE_FAILED with the
   * service's log; OPTIONS_INVALID; SETTINGS_INVALID; SOURCE_INVALID.
   *
   * @param source The source of the project
   * @param image Image to test in; default one for what is recognised, such as golang:<version in go.mod>
   * @param commands What to run, one after the other, instead of the recognised runner's own: words and quotes, no shell; as the command line splits lists at commas, one with a comma goes in double quotes of its own: '"go test -tags=a,b ./..."'
   * @param paths Folders of the source with a project each, tested side by side; default what slipway.yaml says, else its root
   * @param runners Only these of the recognised: go, node, bun, python, rust, maven, gradle, dotnet, dockerfile; default all
   * @param dockerfile Dockerfile with a stage for tests, within each path; default Dockerfile
   * @param target The stage to test in, and nothing else; default a stage named test beside what else is recognised
   * @param services What the tests need beside them, each as "NAME=IMAGE port=N env=KEY=VALUE health='COMMAND'"; NAME is its host name; for postgres, mysql, mariadb, redis, valkey, mongo and rabbitmq "NAME=IMAGE" is enough
   * @param variables Environment variables of the tests as KEY=VALUE; never secrets
   * @param secrets Secrets that the tests read from files, from any source: env:NAME, file:PATH, cmd:"COMMAND"; where slipway.yaml names some, those alone
   * @param secretNames The name of each of the secrets, in the same order: a file in /run/secrets, named by the variable NAME_FILE
   * @param reports Patterns of further files that belong in the report, such as e2e/screenshots/**
   * @param timeout Longest one command of the tests may run, in seconds; default what slipway.yaml says, else 3600
   * @param service One of several services in slipway.yaml to test; default each that ship tests
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   */
  @func({ cache: "never" }) // what was run before, the engine knows better: it remembers passes, and no failures
  async test(
    source: Directory,
    image?: string,
    commands: string[] = [],
    paths: string[] = [],
    runners: string[] = [],
    dockerfile?: string,
    target?: string,
    services: string[] = [],
    variables: string[] = [],
    secrets: Secret[] = [],
    secretNames: string[] = [],
    reports: string[] = [],
    timeout?: number,
    service?: string,
    set: string[] = [],
  ): Promise<string> {
    const { renderOutcome, requirePassed } = await import("#lib/test/outcome.ts")
    const { pairNames } = await import("#lib/test/secret-name.ts")
    const { runStepTests } = await import("#lib/ship/step-tests.ts")
    const plan = { image, commands, paths, runners, dockerfile, target, services, variables, reports, timeout }
    const outcome = await runStepTests(
      source,
      { ...plan, secrets: pairNames({ names: secretNames, secrets }) },
      { set, service },
    )
    return renderOutcome(requirePassed(outcome))
  }

  /**
   * Run the project's own tests as test does, and answer their report, whether they pass or fail.
   *
   * Answers a directory: outcome.json (version, status, and for each runner name, image, commands, status, seconds, counts,
   * failure), services/NAME.log, and for each runner a folder with output.log and what it wrote of JUnit, TRX and coverage
   * files. Errors: as test, but TESTS_FAILED.
   *
   * @param source The source of the project
   * @param image Image to test in; default one for what is recognised, such as golang:<version in go.mod>
   * @param commands What to run, one after the other, instead of the recognised runner's own: words and quotes, no shell; as the command line splits lists at commas, one with a comma goes in double quotes of its own: '"go test -tags=a,b ./..."'
   * @param paths Folders of the source with a project each, tested side by side; default what slipway.yaml says, else its root
   * @param runners Only these of the recognised: go, node, bun, python, rust, maven, gradle, dotnet, dockerfile; default all
   * @param dockerfile Dockerfile with a stage for tests, within each path; default Dockerfile
   * @param target The stage to test in, and nothing else; default a stage named test beside what else is recognised
   * @param services What the tests need beside them, each as "NAME=IMAGE port=N env=KEY=VALUE health='COMMAND'"; NAME is its host name; for postgres, mysql, mariadb, redis, valkey, mongo and rabbitmq "NAME=IMAGE" is enough
   * @param variables Environment variables of the tests as KEY=VALUE; never secrets
   * @param secrets Secrets that the tests read from files, from any source: env:NAME, file:PATH, cmd:"COMMAND"; where slipway.yaml names some, those alone
   * @param secretNames The name of each of the secrets, in the same order: a file in /run/secrets, named by the variable NAME_FILE
   * @param reports Patterns of further files that belong in the report, such as e2e/screenshots/**
   * @param timeout Longest one command of the tests may run, in seconds; default what slipway.yaml says, else 3600
   * @param service One of several services in slipway.yaml to test; default each that ship tests
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   */
  @func({ cache: "never" })
  async testReport(
    source: Directory,
    image?: string,
    commands: string[] = [],
    paths: string[] = [],
    runners: string[] = [],
    dockerfile?: string,
    target?: string,
    services: string[] = [],
    variables: string[] = [],
    secrets: Secret[] = [],
    secretNames: string[] = [],
    reports: string[] = [],
    timeout?: number,
    service?: string,
    set: string[] = [],
  ): Promise<Directory> {
    const { pairNames } = await import("#lib/test/secret-name.ts")
    const { runStepTests } = await import("#lib/ship/step-tests.ts")
    const plan = { image, commands, paths, runners, dockerfile, target, services, variables, reports, timeout }
    return (
      await runStepTests(source, { ...plan, secrets: pairNames({ names: secretNames, secrets }) }, { set, service })
    ).report
  }

  // --- build ---

  /**
   * Build one image for several platforms from a Dockerfile, as an OCI image layout.
   *
   * Answers a directory: one image index for exactly the platforms asked for, each with its own manifest. Labels and
   * annotations (source, revision, created, version, licenses) come from the source's git commit. The same commit gives
   * the same digest on any engine: files in the layers that the build makes, and the image itself, carry the commit's
   * time, which the Dockerfile sees as the build arg SOURCE_DATE_EPOCH, as long as its base images are pinned by digest.
   * Each base image is looked up once a call, and built from by that digest. What is no argument is as slipway.yaml says of
   * the build. A failing build passes the engine's own error.
   * Errors: DOCKERFILE_NOT_FOUND, DOCKERFILE_INVALID (names the line), PLATFORM_INVALID, PLATFORM_MISSING (names the base
   * image and what it has), BUILD_TIMEOUT, OPTIONS_INVALID, SETTINGS_INVALID.
   *
   * @param source The source, best with its .git
   * @param platforms Platforms as os/architecture[/variant]; default what slipway.yaml says, else linux/amd64 and linux/arm64
   * @param dockerfile Path of the Dockerfile, looked for in the context, then in the source; default Dockerfile
   * @param context Folder of the source that the Dockerfile can copy from; default the whole source
   * @param target Stage to build; default the last
   * @param buildArgs Build args as NAME=value; never secrets, which would stay in the image; as the command line splits lists at commas, one with a comma goes in double quotes of its own: '"FEATURES=a,b"'
   * @param secrets Secrets for RUN --mount=type=secret, from any source: env:NAME, file:PATH, cmd:"COMMAND"
   * @param secretIds The Dockerfile's id for each of the secrets, in the same order; default their own names
   * @param ssh The socket of an SSH agent, for RUN --mount=type=ssh
   * @param labels Labels as NAME=value; they win over those from the commit
   * @param annotations Annotations of index and manifests as NAME=value; they win over those from the commit
   * @param keepGitDir Leave .git in the build context; default what slipway.yaml says, else false, as when Docker builds a git URL
   * @param reproducible Set all times to the commit's; default true
   * @param timeout Longest the build may take, in seconds; default what slipway.yaml says, else 3600
   * @param service Which of several services in slipway.yaml to build; needed where there are several, unless dockerfile, context or target says where
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   */
  @func({ cache: "session" }) // the tag of a base image moves
  async buildMultiArch(
    source: Directory,
    platforms: string[] = [],
    dockerfile?: string,
    context?: string,
    target?: string,
    buildArgs: string[] = [],
    secrets: Secret[] = [],
    secretIds: string[] = [],
    ssh?: Socket,
    labels: string[] = [],
    annotations: string[] = [],
    keepGitDir?: boolean,
    reproducible: boolean = true,
    timeout?: number,
    service?: string,
    set: string[] = [],
  ): Promise<Directory> {
    const { buildImage } = await import("#lib/build/docker-build.ts")
    const { readBuildSettings } = await import("#lib/ship/step-settings.ts")
    const { mergeBuild } = await import("#lib/ship/stage-options.ts")
    const request = { platforms, dockerfile, context, target, buildArgs, secretIds, labels, annotations }
    const flags = { ...request, secrets, ssh, keepGitDir, reproducible, timeout }
    const images = { nodeImage: this.nodeImage, gitImage: this.gitReader() }
    const build = mergeBuild(flags, await readBuildSettings(source, flags, { set, service }))
    return (await buildImage(source, { ...build, ...images })).layout
  }

  /**
   * Say how build-multi-arch builds an image, as SLSA v1 provenance, for another job to sign.
   *
   * For a pipeline in which the job that runs the repository's code may sign nothing: it exports this file beside the image,
   * and ship --image=… --provenance=… in the job that signs refuses one that is not about this image and this commit.
   * Answers the predicate as JSON: source and commit, uncommitted changes or not, the arguments given, base images and tools
   * by digest, the digest of each platform, start and end of this call, which takes the build over from the engine's cache.
   * Errors: as buildMultiArch; OPTIONS_INVALID for ci. Source: https://slsa.dev/spec/v1.1/provenance
   *
   * @param source The source, as for buildMultiArch
   * @param ci Variables of the CI job as NAME=value, as examples/ci passes them: they name the builder and its run
   * @param platforms Platforms as os/architecture[/variant]; default what slipway.yaml says, else linux/amd64 and linux/arm64
   * @param dockerfile Path of the Dockerfile; default what slipway.yaml says, else Dockerfile
   * @param context Folder of the source that the Dockerfile can copy from; default what slipway.yaml says, else the whole source
   * @param target Stage to build; default what slipway.yaml says, else the last
   * @param buildArgs Build args as NAME=value
   * @param secrets Secrets for RUN --mount=type=secret
   * @param secretIds The Dockerfile's id for each of the secrets, in the same order; default their own names
   * @param ssh The socket of an SSH agent, for RUN --mount=type=ssh
   * @param labels Labels as NAME=value
   * @param annotations Annotations as NAME=value
   * @param keepGitDir Leave .git in the build context; default what slipway.yaml says, else false, as in buildMultiArch
   * @param reproducible Set all times to the commit's; default true
   * @param timeout Longest the build may take, in seconds; default what slipway.yaml says, else 3600
   * @param service Which of several services in slipway.yaml, as in buildMultiArch
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   */
  @func({ cache: "never" }) // it says when
  async buildProvenance(
    source: Directory,
    ci: string[] = [],
    platforms: string[] = [],
    dockerfile?: string,
    context?: string,
    target?: string,
    buildArgs: string[] = [],
    secrets: Secret[] = [],
    secretIds: string[] = [],
    ssh?: Socket,
    labels: string[] = [],
    annotations: string[] = [],
    keepGitDir?: boolean,
    reproducible?: boolean,
    timeout?: number,
    service?: string,
    set: string[] = [],
  ): Promise<File> {
    const { buildProvenance } = await import("#lib/ship/build-provenance.ts")
    const { readBuildSettings } = await import("#lib/ship/step-settings.ts")
    const { mergeBuild } = await import("#lib/ship/stage-options.ts")
    const request = { platforms, dockerfile, context, target, buildArgs, secretIds, labels, annotations }
    const flags = { ...request, secrets, ssh, keepGitDir, reproducible, timeout }
    const images = { nodeImage: this.nodeImage, gitImage: this.gitReader() }
    const settings = await readBuildSettings(source, flags, { set, service })
    return await buildProvenance(source, {
      build: { ...mergeBuild(flags, settings), ...images },
      ci,
      tools: this.tools(),
    })
  }

  /**
   * Put containers that another Dagger function built, one for each platform, into the layout that every later stage takes.
   *
   * This is the way in for buildpacks, apko, ko, Nix or a Dagger pipeline of one's own. Answers an OCI image layout with one
   * image index for exactly the platforms of the containers. Errors: OPTIONS_INVALID without a container; PLATFORM_INVALID
   * if two have the same platform.
   *
   * @param containers A container for each platform, each made for its own
   * @param labels Labels as NAME=value; default none
   * @param annotations Annotations of index and manifests as NAME=value; default none
   */
  @func()
  async imageLayout(containers: Container[], labels: string[] = [], annotations: string[] = []): Promise<Directory> {
    const { containerLayout } = await import("#lib/build/container-layout.ts")
    return await containerLayout(containers, { labels, annotations, nodeImage: this.nodeImage })
  }

  // --- scan ---

  /**
   * Scan every platform of an image with Trivy or Grype, and fail on any finding at or above a severity.
   *
   * Answers the verdict, each platform's findings by severity, one table of all findings that names the platforms where
   * they differ, and what does not count and why. The scanner gets no secrets, and once its database is there it asks
   * nothing of the network. Errors: GATE_FAILED names each finding and the version that fixes it; SCANNER_FAILED if the scanner broke,
   * after trying again; EXCEPTIONS_INVALID; DATABASE_OUTDATED; LAYOUT_INVALID; REPORT_INVALID; OPTIONS_INVALID.
   *
   * @param layout The image, an OCI image layout as buildMultiArch returns it, or another builder's
   * @param severity Lowest severity that fails; default what the settings say, else HIGH, so HIGH and CRITICAL fail
   * @param ignoreUnfixed Let pass what no release fixes yet; default what the settings say, else false
   * @param exceptions Findings that someone answers for: a Trivy ignore file (YAML) or slipway's exceptions, each with id, reason, owner and expiry date; default those in the settings
   * @param vex OpenVEX documents about the packages; what they answer does not count; default none
   * @param pkgTypes Kinds of package that count: os, library; default what the settings say, else both
   * @param scanners What is looked for: vuln, secret, misconfig, license; default what the settings say, else vuln and secret
   * @param failOnEndOfLife Fail when a platform's distribution gets no fixes any more; default what the settings say, else false, a warning
   * @param maxDbAge Oldest vulnerability database that is believed, in hours; default what the settings say, else 0, any age
   * @param dbRepositories Registries of the vulnerability database in the order in which they are tried; default what the settings say, else the scanner's own
   * @param scanner Program that looks: TRIVY or GRYPE; default what the settings say, else TRIVY
   * @param timeout Longest scan of one platform, in seconds; default what the settings say, else 300
   */
  @func({ cache: "session" }) // the vulnerability database changes under an unchanged image
  async trivyScan(
    layout: Directory,
    severity?: Severity,
    ignoreUnfixed?: boolean,
    exceptions?: File,
    vex: File[] = [],
    pkgTypes: string[] = [],
    scanners: string[] = [],
    failOnEndOfLife?: boolean,
    maxDbAge?: number,
    dbRepositories: string[] = [],
    scanner?: Scanner,
    timeout?: number,
  ): Promise<string> {
    const { renderAssessment, requirePass } = await import("#lib/scan/outcome.ts")
    const { scanLayout } = await import("#lib/scan/scan-layout.ts")
    const rules = { severity, ignoreUnfixed, failOnEndOfLife, pkgTypes, scanners, maxDbAge }
    const flags = { ...rules, scanner, dbRepositories, timeout, exceptions }
    const options = { ...(await this.scanChoice(flags)), vex }
    return renderAssessment(requirePass(await scanLayout(layout, options)))
  }

  /**
   * Gate another scanner's report (Docker Scout, Snyk, Clair, …): SARIF in, the same decision out.
   *
   * Severity is the score (security-severity), else the scanner's word; a warning without either counts as HIGH. Every
   * package that a result names is a finding; suppressed results do not count.
   * Answers the verdict and the table. Errors: GATE_FAILED names each finding; SCANNER_FAILED if the report says that its
   * scanner broke; REPORT_INVALID if it is no SARIF 2.1.0; EXCEPTIONS_INVALID.
   *
   * @param sarif The report, SARIF 2.1.0
   * @param severity Lowest severity that fails; default what the settings say, else HIGH, so HIGH and CRITICAL fail
   * @param ignoreUnfixed Let pass what the report says no release fixes yet; default what the settings say, else false
   * @param exceptions Findings that someone answers for, as in trivyScan; default those in the settings
   */
  @func({ cache: "session" }) // an exception ends on a day
  async gateSarif(sarif: File, severity?: Severity, ignoreUnfixed?: boolean, exceptions?: File): Promise<string> {
    const { gateSarif } = await import("#lib/scan/sarif-gate.ts")
    const { rules, exceptions: accepted } = await this.scanChoice({ severity, ignoreUnfixed, exceptions })
    return await gateSarif(sarif, { ...rules, exceptions: accepted })
  }

  /**
   * Scan every platform of an image and write all report formats from that one scan, also when the gate fails.
   *
   * Answers a directory. Over all platforms: findings.txt (a table), findings.json (with the verdict), findings.sarif,
   * gl-container-scanning-report.json (GitLab) and exceptions.openvex.json. In a folder for each platform, such as
   * linux-amd64: report.json (the scanner's own), report.sarif, sbom.cyclonedx.json, sbom.spdx.json (Trivy only) and
   * vuln.cosign.json (a predicate for cosign attest --type vuln). Errors: those of trivyScan but GATE_FAILED.
   *
   * @param layout The image, an OCI image layout as buildMultiArch returns it, or another builder's
   * @param severity Lowest severity that fails; default what the settings say, else HIGH, so HIGH and CRITICAL fail
   * @param ignoreUnfixed Let pass what no release fixes yet; default what the settings say, else false
   * @param exceptions Findings that someone answers for: a Trivy ignore file (YAML) or slipway's exceptions, each with id, reason, owner and expiry date; default those in the settings
   * @param vex OpenVEX documents about the packages; what they answer does not count; default none
   * @param pkgTypes Kinds of package that count: os, library; default what the settings say, else both
   * @param scanners What is looked for: vuln, secret, misconfig, license; default what the settings say, else vuln and secret
   * @param failOnEndOfLife Fail when a platform's distribution gets no fixes any more; default what the settings say, else false, a warning
   * @param maxDbAge Oldest vulnerability database that is believed, in hours; default what the settings say, else 0, any age
   * @param dbRepositories Registries of the vulnerability database in the order in which they are tried; default what the settings say, else the scanner's own
   * @param scanner Program that looks: TRIVY or GRYPE; default what the settings say, else TRIVY
   * @param timeout Longest scan of one platform, in seconds; default what the settings say, else 300
   * @param name The image's name in the reports, such as ghcr.io/acme/app; default image
   */
  @func({ cache: "session" }) // as trivyScan
  async scanReport(
    layout: Directory,
    severity?: Severity,
    ignoreUnfixed?: boolean,
    exceptions?: File,
    vex: File[] = [],
    pkgTypes: string[] = [],
    scanners: string[] = [],
    failOnEndOfLife?: boolean,
    maxDbAge?: number,
    dbRepositories: string[] = [],
    scanner?: Scanner,
    timeout?: number,
    name: string = "image",
  ): Promise<Directory> {
    const { reportDirectory, scanLayout } = await import("#lib/scan/scan-layout.ts")
    const rules = { severity, ignoreUnfixed, failOnEndOfLife, pkgTypes, scanners, maxDbAge }
    const flags = { ...rules, scanner, dbRepositories, timeout, exceptions }
    const options = { ...(await this.scanChoice(flags)), vex }
    return reportDirectory(await scanLayout(layout, options), name)
  }

  private async scanChoice({ exceptions, ...flags }: ScanFlags & { exceptions?: File }) {
    const { newRun } = await import("#lib/config/effect.ts")
    const { exceptionsFile } = await import("#lib/ship/settings.ts")
    const { mergeScan } = await import("#lib/ship/stage-options.ts")
    const settings = await this.givenSettings()
    const accepted = exceptions ?? exceptionsFile(settings)
    return { ...this.scanTools(), ...mergeScan(flags, settings), run: newRun(), exceptions: accepted }
  }

  private scanTools(): Omit<ScanTools, "run"> {
    const images = { TRIVY: this.trivyImage, GRYPE: this.grypeImage }
    const databases = { TRIVY: this.vulnerabilityDb, GRYPE: this.grypeDb }
    return { images, databases, nodeImage: this.nodeImage }
  }

  // --- login ---

  /**
   * Log in to Amazon ECR, private or public, with a CI job's OIDC token instead of a stored key.
   *
   * Returns a docker config.json with that login beside those of registryConfig: in dagger's shell
   * `. --registry-config=$(ecr-login …) | publish …`. It holds for 12 hours. The token is exchanged for the role's credentials, and those for the login. Errors: LOGIN_REFUSED shows
   * issuer, audience and subject of the token as they came, and the field of the trust policy to look at;
   * OPTIONS_INVALID; ADDRESS_INVALID.
   *
   * @param repository Repository that the login is for, such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/app
   * @param role ARN of the role that trusts the token
   * @param token The CI job's OIDC token: in GitLab the variable that id_tokens names, with the audience below; default one that GitHub gives for requestUrl and requestToken
   * @param audience Audience to ask the token for; default sts.amazonaws.com
   * @param sessionName Name of the session in CloudTrail; default slipway
   * @param region Region of the registry; default the one in its address
   * @param stsEndpoint Address of STS; default the region's own
   * @param ecrEndpoint Address of ECR's API; default the region's own
   */
  @func({ cache: "never" }) // a login ages
  async ecrLogin(
    repository: string,
    role: string,
    token?: Secret,
    audience: string = AWS_AUDIENCE,
    sessionName: string = "slipway",
    region?: string,
    stsEndpoint?: string,
    ecrEndpoint?: string,
  ): Promise<Secret> {
    const { ecrLogin } = await import("#lib/login/short-lived.ts")
    const place = { region, stsEndpoint, ecrEndpoint }
    return await ecrLogin({ address: repository, ...this.job(token) }, { role, sessionName, audience, ...place })
  }

  /**
   * Log in to Google Artifact Registry with a CI job's OIDC token, through workload identity federation.
   *
   * Returns a docker config.json with that login beside those of registryConfig: in dagger's shell
   * `. --registry-config=$(google-login …) | publish …`. It holds for an hour. Errors: LOGIN_REFUSED shows issuer, audience and subject of the token as they came, and the field of the
   * provider to look at; OPTIONS_INVALID; ADDRESS_INVALID.
   *
   * @param repository Repository that the login is for, such as europe-docker.pkg.dev/project/repository/app
   * @param provider The workload identity provider, as projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER
   * @param token The CI job's OIDC token: in GitLab the variable that id_tokens names, with the audience below; default one that GitHub gives for requestUrl and requestToken
   * @param serviceAccount Email address of a service account to act as; default none, the federated identity itself
   * @param audience Audience to ask the token for; default https://iam.googleapis.com/ and the provider
   * @param stsEndpoint Address of the token exchange; default Google's
   * @param iamEndpoint Address of the IAM credentials API; default Google's
   */
  @func({ cache: "never" }) // a login ages
  async googleLogin(
    repository: string,
    provider: string,
    token?: Secret,
    serviceAccount?: string,
    audience?: string,
    stsEndpoint: string = STS_ENDPOINT,
    iamEndpoint: string = IAM_ENDPOINT,
  ): Promise<Secret> {
    const { googleLogin } = await import("#lib/login/short-lived.ts")
    const input = { provider, serviceAccount, audience, stsEndpoint, iamEndpoint }
    return await googleLogin({ address: repository, ...this.job(token) }, input)
  }

  /**
   * Log in to an Azure container registry with a CI job's OIDC token, through an app's federated credential.
   *
   * Returns a docker config.json with that login beside those of registryConfig: in dagger's shell
   * `. --registry-config=$(azure-login …) | publish …`. It holds for about three hours. Errors: LOGIN_REFUSED shows issuer, audience and subject of the token as they came, and the
   * field of the federated credential to look at; OPTIONS_INVALID; ADDRESS_INVALID.
   *
   * @param repository Repository that the login is for, such as acme.azurecr.io/app
   * @param tenant The tenant's ID
   * @param client The ID of the app, or of the managed identity, that trusts the token
   * @param token The CI job's OIDC token: in GitLab the variable that id_tokens names, with the audience below; default one that GitHub gives for requestUrl and requestToken
   * @param audience Audience to ask the token for; default api://AzureADTokenExchange
   * @param entraEndpoint Address of Microsoft Entra; default the public cloud's
   * @param registryEndpoint Address of the registry's token exchange; default the registry itself
   */
  @func({ cache: "never" }) // a login ages
  async azureLogin(
    repository: string,
    tenant: string,
    client: string,
    token?: Secret,
    audience: string = AZURE_AUDIENCE,
    entraEndpoint: string = ENTRA_ENDPOINT,
    registryEndpoint?: string,
  ): Promise<Secret> {
    const { azureLogin } = await import("#lib/login/short-lived.ts")
    const input = { tenant, client, audience, entraEndpoint, registryEndpoint }
    return await azureLogin({ address: repository, ...this.job(token) }, input)
  }

  /**
   * Log in to Docker Hub with a CI job's OIDC token, through an organisation's OIDC connection.
   *
   * Returns a docker config.json with that login beside those of registryConfig: in dagger's shell
   * `. --registry-config=$(docker-hub-login …) | publish …`. Errors: LOGIN_REFUSED shows issuer, audience and subject of the token as they came, and the setting of the connection
   * to look at; OPTIONS_INVALID; ADDRESS_INVALID.
   *
   * @param repository Repository that the login is for, such as docker.io/acme/app
   * @param organization The organisation's name, which is the user
   * @param connection ID of its OIDC connection
   * @param token The CI job's OIDC token: in GitLab the variable that id_tokens names, with the audience below; default one that GitHub gives for requestUrl and requestToken
   * @param lifetime How long the login holds, in seconds from 300 to 3600; default 3600
   * @param audience Audience to ask the token for; default https://identity.docker.com
   * @param endpoint Address of the token exchange; default Docker's
   */
  @func({ cache: "never" }) // a login ages
  async dockerHubLogin(
    repository: string,
    organization: string,
    connection: string,
    token?: Secret,
    lifetime: number = 3600,
    audience: string = HUB_AUDIENCE,
    endpoint: string = HUB_ENDPOINT,
  ): Promise<Secret> {
    const { dockerHubLogin } = await import("#lib/login/short-lived.ts")
    const input = { organization, connection, lifetime, audience, endpoint }
    return await dockerHubLogin({ address: repository, ...this.job(token) }, input)
  }

  /**
   * Log in with a token that the registry takes as it is: a job's own for GHCR or GitLab, or one of another tool's.
   *
   * Returns a docker config.json with that login beside those of registryConfig: in dagger's shell
   * `. --registry-config=$(token-login …) | publish …`. For several registries, pass each login to the next one as
   * registryConfig. Errors: ADDRESS_INVALID;
   * OPTIONS_INVALID for a registry whose user has to be given.
   *
   * @param repository Repository that the login is for, such as ghcr.io/acme/app
   * @param token The token: on GitHub env:GITHUB_TOKEN, in GitLab env:CI_JOB_TOKEN
   * @param username User beside the token; default what the registry documents (GHCR, gitlab.com, Google, Azure, ECR)
   */
  @func({ cache: "never" }) // a login ages
  async tokenLogin(repository: string, token: Secret, username?: string): Promise<Secret> {
    const { tokenLogin } = await import("#lib/login/short-lived.ts")
    return await tokenLogin({ address: repository, token, others: this.registryConfig }, username)
  }

  // --- publish ---

  /**
   * Push an image index and all its platforms to a registry by digest, without a tag.
   *
   * Answers host/repository@sha256:…, after the registry was asked for that digest: what cosignSign and bumpGitops take.
   * What the registry has already is not sent again. Errors: ADDRESS_INVALID; OPTIONS_INVALID for half a login;
   * LAYOUT_INVALID; REGISTRY_FAILED with the registry's own words and what to do.
   *
   * @param layout The image, an OCI image layout as buildMultiArch returns it, or another builder's
   * @param repository Repository to publish to, as host/path without a tag
   */
  @func({ cache: "never" }) // it pushes
  async publish(layout: Directory, repository: string): Promise<string> {
    const { newRun } = await import("#lib/config/effect.ts")
    const { registryAccess } = await import("#lib/oci/registry-login.ts")
    const { parseRepository } = await import("#lib/oci/repository.ts")
    const { pushLayout } = await import("#lib/publish/push.ts")
    const access = await registryAccess(repository, await this.stepRegistry())
    const tools = { craneImage: this.craneImage, nodeImage: this.nodeImage, run: newRun() }
    return await pushLayout(layout, { repository: parseRepository(repository), access, ...tools })
  }

  /**
   * Give an image in a registry its tags, by template: the commit's own, its version, its branch.
   *
   * Tag what has been verified: verifyRelease first. A tag that is at this digest already is success, also where tags
   * cannot be changed; one at another digest moves only if it floats, and those are written last. latest, {branch},
   * {major} and {minor} float; any other has to say so, as in floating:stable. One that floats stays at an image of a newer
   * commit of the same repository ({major} and {minor}: of a higher version), as the images' own labels say. In a branch
   * and a version, what a tag cannot hold becomes a dash. Returns each tag, and whether it was created, moved, there, or
   * left at a newer image; then the templates that this commit does not earn, each with the reason.
   * Errors: REFERENCE_INVALID; TAG_INVALID names the template; TAG_CONFLICT names both digests, and then no tag was written;
   * OPTIONS_INVALID; REGISTRY_FAILED.
   *
   * @param ref The image as repository@sha256:<digest>, as publish returns it; a tag alone is refused
   * @param tags Templates with {sha}, {shortSha}, {branch}, {semver}, {major}, {minor}, {date}, or literals; default {sha}
   * @param source The source with its .git, whose commit the templates speak of; default none, for literals alone
   * @param defaultBranches Branches that may write latest; default main and master
   * @param force Move tags that float also back to an older commit, as a rollback; default false
   */
  @func({ cache: "never" }) // it writes to the registry
  async tag(
    ref: string,
    tags: string[] = [],
    source?: Directory,
    defaultBranches: string[] = ["main", "master"],
    force: boolean = false,
  ): Promise<string> {
    const { newRun } = await import("#lib/config/effect.ts")
    const { readRevision } = await import("#lib/config/source-revision.ts")
    const { parseDigestRef } = await import("#lib/oci/digest-ref.ts")
    const { imageAccess } = await import("#lib/oci/registry-login.ts")
    const { renderTagged } = await import("#lib/publish/tagged-text.ts")
    const { planTags } = await import("#lib/publish/tags.ts")
    const { writeTags } = await import("#lib/publish/write-tags.ts")
    const image = parseDigestRef(ref)
    const access = await imageAccess(image, await this.stepRegistry())
    const revision = source && (await readRevision(source, this.gitReader()))
    const plan = planTags(tags.length ? tags : ["{sha}"], revision, defaultBranches)
    const options = { access, craneImage: this.craneImage, run: newRun(), force }
    return renderTagged(image, await writeTags(image, plan.tags, options), plan.unearned)
  }

  // --- sign ---

  /**
   * Sign an image by its digest, and verify what was signed.
   *
   * The signature is a Sigstore bundle beside the image in its registry, and names the repository that it is for. With a
   * key nothing but the registry is asked. What this signer has signed already is not signed again. Answers who signed,
   * and what the verification checked. Errors: REFERENCE_INVALID for a tag; KEY_INVALID; SIGNING_FAILED, after which
   * running again continues with the same digest; VERIFICATION_FAILED.
   *
   * @param ref The image as repository@sha256:<digest>, as publish returns it; a tag alone is refused
   * @param format Form of the signature: v3 (bundle), legacy (a tag, for clusters that cannot read bundles yet) or both; default v3
   */
  @func({ cache: "never" }) // it writes to the registry
  async cosignSign(ref: string, format: string = "v3"): Promise<string> {
    const { newRun } = await import("#lib/config/effect.ts")
    const { parseDigestRef } = await import("#lib/oci/digest-ref.ts")
    const { imageAccess } = await import("#lib/oci/registry-login.ts")
    const { parseFormats } = await import("#lib/sign/args.ts")
    const { signDigest } = await import("#lib/sign/cosign.ts")
    const { parseSigningKey } = await import("#lib/sign/key-input.ts")
    const { renderSigned } = await import("#lib/sign/signed-text.ts")
    const signingKey = parseSigningKey(await this.stepSigning())
    const registry = { access: await imageAccess(parseDigestRef(ref), await this.stepRegistry()) }
    const tool = { cosignImage: this.cosignImage, craneImage: this.craneImage, run: newRun() }
    const formats = parseFormats(format)
    return renderSigned(await signDigest(parseDigestRef(ref), { ...registry, ...tool, key: signingKey, formats }))
  }

  /**
   * Attest something of an image by its digest: an SBOM, a vulnerability report, provenance, or a predicate of one's own.
   *
   * The attestation is a Sigstore bundle beside the image in its registry. Of each predicate type there is one: what this
   * signer has attested already stays. Answers what was attested. Errors: as cosignSign.
   *
   * @param ref The image, or one platform's, as repository@sha256:<digest>
   * @param predicate What is attested, as JSON
   * @param predicateType What it is: slsaprovenance1, spdxjson, cyclonedx, vuln, openvex, or a URI
   */
  @func({ cache: "never" }) // it writes to the registry
  async cosignAttest(ref: string, predicate: File, predicateType: string): Promise<string> {
    const { newRun } = await import("#lib/config/effect.ts")
    const { parseDigestRef } = await import("#lib/oci/digest-ref.ts")
    const { imageAccess } = await import("#lib/oci/registry-login.ts")
    const { attestDigests } = await import("#lib/sign/attest.ts")
    const { parseSigningKey } = await import("#lib/sign/key-input.ts")
    const { parsePredicateType } = await import("#lib/sign/predicate-type.ts")
    const { renderAttested } = await import("#lib/sign/signed-text.ts")
    const signingKey = parseSigningKey(await this.stepSigning())
    const registry = { access: await imageAccess(parseDigestRef(ref), await this.stepRegistry()) }
    const tool = { cosignImage: this.cosignImage, craneImage: this.craneImage, run: newRun() }
    const subject = { ref: parseDigestRef(ref), attestations: [{ type: parsePredicateType(predicateType), predicate }] }
    return renderAttested(await attestDigests([subject], { ...registry, ...tool, key: signingKey }))
  }

  /**
   * Verify that an image is signed, by exactly this key or this identity, and for this repository.
   *
   * Looks at what was signed, too: an image with an SBOM's attestation alone is not signed. Answers what was checked.
   * Errors: VERIFICATION_FAILED says what is wrong; OPTIONS_INVALID for an identity that would let strangers in;
   * IMAGE_NOT_FOUND; REGISTRY_FAILED.
   *
   * @param ref The image as repository@sha256:<digest>
   * @param publicKey The signer's public key, PEM
   * @param identityPattern A regular expression from ^ to $ instead, for several branches or tags
   * @param issuerPattern A regular expression from ^ to $ instead
   * @param signedRepository Where the signature was made for, if the image has been copied since; default the reference's own
   * @param format Form of the signature: v3 or legacy; default v3
   */
  @func({ cache: "never" }) // a registry can lose what it had
  async cosignVerify(
    ref: string,
    publicKey?: File,
    identityPattern?: string,
    issuerPattern?: string,
    signedRepository?: string,
    format: string = "v3",
  ): Promise<string> {
    const { newRun } = await import("#lib/config/effect.ts")
    const { parseDigestRef } = await import("#lib/oci/digest-ref.ts")
    const { imageAccess } = await import("#lib/oci/registry-login.ts")
    const { parseFormats } = await import("#lib/sign/args.ts")
    const { verifySigned } = await import("#lib/sign/cosign.ts")
    const { renderVerified } = await import("#lib/sign/signed-text.ts")
    const signer = await this.signer({ publicKey, identityPattern, issuerPattern })
    const registry = { access: await imageAccess(parseDigestRef(ref), await this.stepRegistry()) }
    const tool = { cosignImage: this.cosignImage, craneImage: this.craneImage, run: newRun() }
    const options = { ...registry, ...tool, signer, repository: signedRepository }
    const verify = (format: BundleFormat) => verifySigned(parseDigestRef(ref), { ...options, format })
    return renderVerified(await Promise.all(parseFormats(format).map(verify)))
  }

  /**
   * Verify a whole release: its signature, its platforms, and what is attested of each of them.
   *
   * The index must hold exactly the platforms asked for, or those that the signed provenance names, with the digests that
   * it names; each must have its SBOMs and its vulnerability report by the same signer. Answers a line for each check.
   * Errors: as cosignVerify, each reason in a sentence of its own.
   *
   * @param ref The image index as repository@sha256:<digest>
   * @param publicKey The signer's public key, PEM
   * @param identityPattern A regular expression from ^ to $ instead, for several branches or tags
   * @param issuerPattern A regular expression from ^ to $ instead
   * @param signedRepository Where the signature was made for, if the image has been copied since; default the reference's own
   * @param platforms The platforms that it must have, no more and no less; default those in the provenance
   * @param predicateTypes What must be attested of each platform; default spdxjson, cyclonedx and vuln
   * @param noProvenance Accept a release without SLSA provenance; default false
   */
  @func({ cache: "never" }) // a registry can lose what it had
  async verifyRelease(
    ref: string,
    publicKey?: File,
    identityPattern?: string,
    issuerPattern?: string,
    signedRepository?: string,
    platforms: string[] = [],
    predicateTypes: string[] = ["spdxjson", "cyclonedx", "vuln"],
    noProvenance: boolean = false,
  ): Promise<string> {
    const { newRun } = await import("#lib/config/effect.ts")
    const { parseDigestRef } = await import("#lib/oci/digest-ref.ts")
    const { imageAccess } = await import("#lib/oci/registry-login.ts")
    const { parsePredicateType } = await import("#lib/sign/predicate-type.ts")
    const { renderVerified } = await import("#lib/sign/signed-text.ts")
    const { verifyReleaseAt } = await import("#lib/sign/verify-release.ts")
    const signer = await this.signer({ publicKey, identityPattern, issuerPattern })
    const registry = { access: await imageAccess(parseDigestRef(ref), await this.stepRegistry()) }
    const tool = { cosignImage: this.cosignImage, craneImage: this.craneImage, run: newRun() }
    const wanted = { platforms, platformTypes: predicateTypes.map(parsePredicateType), provenance: !noProvenance }
    const options = { ...registry, ...tool, ...wanted, signer, repository: signedRepository }
    return renderVerified([await verifyReleaseAt(parseDigestRef(ref), options)])
  }

  /**
   * Write admission policies that let only images of this repository run that this signer signed.
   *
   * The image is verified first: the policies ask for the key or the identity that really signed. Answers a directory:
   * kyverno/image-validating-policy.yaml (Kyverno 1.18 or later), kyverno/cluster-policy.yaml (its older kind),
   * policy-controller/cluster-image-policy.yaml (Sigstore's; with trustedRoot also trust-root.yaml, which it refers to), and
   * conftest/images.rego for the manifests in git: images by digest only. Each says on top what it needs and what its engine
   * cannot express. Errors: as cosignVerify.
   *
   * @param ref The image as repository@sha256:<digest>
   * @param publicKey The signer's public key, PEM
   * @param identityPattern A regular expression from ^ to $ instead, for several branches or tags
   * @param issuerPattern A regular expression from ^ to $ instead
   * @param signedRepository Where the signature was made for, if the image has been copied since; default the reference's own
   */
  @func({ cache: "never" }) // a registry can lose what it had
  async admissionPolicies(
    ref: string,
    publicKey?: File,
    identityPattern?: string,
    issuerPattern?: string,
    signedRepository?: string,
  ): Promise<Directory> {
    const { newRun } = await import("#lib/config/effect.ts")
    const { parseDigestRef } = await import("#lib/oci/digest-ref.ts")
    const { imageAccess } = await import("#lib/oci/registry-login.ts")
    const { policyDirectory } = await import("#lib/policy/policy-directory.ts")
    const { verifySigner } = await import("#lib/sign/admission.ts")
    const signer = await this.signer({ publicKey, identityPattern, issuerPattern })
    const registry = { access: await imageAccess(parseDigestRef(ref), await this.stepRegistry()) }
    const tool = { cosignImage: this.cosignImage, craneImage: this.craneImage, run: newRun() }
    const options = { ...registry, ...tool, signer, repository: signedRepository }
    return policyDirectory(await verifySigner(parseDigestRef(ref), options))
  }

  // --- gitops ---

  /**
   * Write an image's digest into a GitOps repository: edit the overlay, commit, push.
   *
   * An overlay's entry is edited in place, and kustomize's manifests before and after are compared: nothing but the named
   * image may have changed. Helm values, Flux markers, Argo CD Applications, JSON and .env files are edited by --edits, value by value. When
   * another writer was first, the edit is made anew on their commit, never by force. Answers the commit, its diff and who
   * won a race; that the digest was already there; or that a bump of newer source was left alone (--source-order). With
   * --pull-request it answers the request's address, and nothing is pushed to the branch itself. What is no argument is as
   * the constructor's settings say under gitops.
   * Errors: OVERLAY_INVALID lists the overlays or the image names that there are; EDIT_INVALID if a file would not hold
   * the digest where its reader looks for it; GIT_FAILED if the repository cannot be
   * read; PUSH_REFUSED if the server does not take the commit (a protected branch, a hook); FORGE_REFUSED names the
   * permission that a token lacks.
   *
   * @param ref The new image as repository@sha256:<digest>, as publish returns it; a tag alone is refused
   * @param repo Address of the repository, as `git clone` takes it and without a login in it; default what the settings say
   * @param path Directory of the kustomize overlay, or the file that edits are for, relative to the repository's root; default what the settings say
   * @param image The image's name as the manifests have it, without tag or digest; default what the settings say, else the ref's repository
   * @param branch Branch to commit to; default what the settings say, else main
   * @param tag Tag to write beside the digest, for people to read; values such as Helm's image.tag alone need one; default none
   * @param edits Values to edit in files instead of an overlay: EDIT in the file at path, or FILE#EDIT; an EDIT is helm:image, yaml:spec.image, json:image, env:APP_IMAGE, flux:flux-system:app, helmrelease:image, argocd-helm:image, argocd-kustomize:app or kustomize:app; default what the settings say, else none
   * @param kustomizeOptions Options of kustomize build that the overlay's controller has: --enable-helm (with a kustomize image that has helm), --load-restrictor=LoadRestrictionsNone, --enable-alpha-plugins and the like; default what the settings say, else none
   * @param message Commit message with {image} {digest} {path} {ref} {revision} {order} {pipeline} to be filled in; default what the settings say, else Bump {image} to {digest} in {path}
   * @param authorName Author and committer of the commit; default what the settings say, else slipway
   * @param authorEmail Email address of the author; default what the settings say, else slipway@noreply.invalid
   * @param signOff Add a Signed-off-by line; default what the settings say, else false
   * @param sourceRepository Where the image's source is, for the commit's trailers
   * @param sourceRevision The source commit that was built, for the commit's trailers
   * @param sourceOrder The source commit's time in Unix seconds (or a build number): an older one never replaces a newer
   * @param pipeline Address of the pipeline run, for the commit's trailers
   * @param timeout Longest time for all tries together, in seconds; default what the settings say, else 300
   * @param dryRun Only show the diff, push nothing; default false
   * @param pullRequest Propose the change by a pull or merge request from a branch of its own, instead of pushing it; the next bump of the same places updates it; default what the settings say, else false
   * @param autoMerge Have the forge merge the request when its checks pass; default what the settings say, else false
   * @param forge What runs at the repository's host: github, gitlab, gitea, forgejo or bitbucket; default what the settings say, else the host's name
   * @param forgeEndpoint Address of the forge's API; default what the settings say, else the usual one of its host
   */
  @func({ cache: "never" }) // it pushes, to a branch that others move
  async bumpGitops(
    ref: string,
    repo?: string,
    path?: string,
    image?: string,
    branch?: string,
    tag?: string,
    edits: string[] = [],
    kustomizeOptions: string[] = [],
    message?: string,
    authorName?: string,
    authorEmail?: string,
    signOff?: boolean,
    sourceRepository?: string,
    sourceRevision?: string,
    sourceOrder?: number,
    pipeline?: string,
    timeout?: number,
    dryRun: boolean = false,
    pullRequest?: boolean,
    autoMerge?: boolean,
    forge?: string,
    forgeEndpoint?: string,
  ): Promise<string> {
    const { bumpRepository } = await import("#lib/gitops/bump-gitops.ts")
    const { mergeBump } = await import("#lib/ship/delivery-options.ts")
    const source = { sourceRepository, sourceRevision, sourceOrder, pipeline }
    const commit = { message, authorName, authorEmail, signOff, timeout, ...source }
    const proposal = { pullRequest, autoMerge, forge, endpoint: forgeEndpoint }
    const place = { ref, repo, path, image, branch, tag, edits, kustomizeOptions }
    const bump = mergeBump({ ...place, ...commit, proposal }, await this.givenSettings())
    const writer = await this.gitWriter(bump.repo, bump.proposal)
    return await bumpRepository({ ...writer, options: bump.options, dryRun })
  }

  /**
   * Write the digest that runs in one environment into the next one: from staging to production, say.
   *
   * What stands in `from` is read as bump-gitops would replace it there, and goes to `to` in one commit, with the source
   * commit that it was built from in the trailers. Answers what bump-gitops answers. Errors: IMAGE_NOT_FOUND if there is no
   * digest, or more than one, in `from`, with what there is; and those of bump-gitops.
   *
   * @param repo Address of the repository, as `git clone` takes it and without a login in it
   * @param from Directory of the overlay, or file with fromEdits, that has the digest
   * @param to Directory of the overlay, or file with toEdits, that gets it
   * @param image The image's name as the manifests have it, without tag or digest
   * @param repository Repository that the image is pulled from; default what stands beside the digest
   * @param fromEdits Values in the file from that name the image, as in bump-gitops; default none, an overlay
   * @param toEdits Values in the file to that get it; default none, an overlay
   * @param tag Tag to write with the digest, as in bump-gitops; default the tag that the image had there, for values with a tag
   * @param branch Branch to commit to; default main
   * @param kustomizeOptions Options of kustomize build that the overlay's controller has: --enable-helm (with a kustomize image that has helm), --load-restrictor=LoadRestrictionsNone, --enable-alpha-plugins and the like; default none
   * @param message Commit message with {image} {digest} {path} {ref} {revision} {order} {pipeline} to be filled in
   * @param authorName Author and committer of the commit; default slipway
   * @param authorEmail Email address of the author; default slipway@noreply.invalid
   * @param signOff Add a Signed-off-by line; default false
   * @param pipeline Address of the pipeline run, for the commit's trailers
   * @param timeout Longest time for all tries together, in seconds; default 300
   * @param pullRequest Propose the change by a pull or merge request from a branch of its own, instead of pushing it; the next bump of the same places updates it; default false
   * @param autoMerge Have the forge merge the request when its checks pass; default false
   * @param forge What runs at the repository's host: github, gitlab, gitea, forgejo or bitbucket; default what the host's name says
   * @param forgeEndpoint Address of the forge's API; default the usual one of its host
   */
  @func({ cache: "never" }) // it pushes, to a branch that others move
  async promote(
    repo: string,
    from: string,
    to: string,
    image: string,
    repository?: string,
    fromEdits: string[] = [],
    toEdits: string[] = [],
    tag?: string,
    branch: string = "main",
    kustomizeOptions: string[] = [],
    message: string = PROMOTION_MESSAGE,
    authorName: string = DEFAULT_AUTHOR,
    authorEmail: string = DEFAULT_EMAIL,
    signOff: boolean = false,
    pipeline?: string,
    timeout: number = DEFAULT_TIMEOUT,
    pullRequest: boolean = false,
    autoMerge: boolean = false,
    forge?: string,
    forgeEndpoint?: string,
  ): Promise<string> {
    const { promoteRepository } = await import("#lib/gitops/bump-gitops.ts")
    const proposal = { pullRequest, autoMerge, forge, endpoint: forgeEndpoint }
    const writer = await this.gitWriter(repo, proposal)
    const places = { from: { path: from, edits: fromEdits }, to: { path: to, edits: toEdits } }
    const environments = { ...places, address: repository }
    const commit = {
      image,
      tag,
      kustomizeOptions,
      branch,
      message,
      authorName,
      authorEmail,
      signOff,
      pipeline,
      timeout,
    }
    return await promoteRepository({ ...environments, ...commit }, writer)
  }

  /**
   * Go back to an earlier bump of an image, as a new commit.
   *
   * The bump is found by what bump-gitops and ship left in their commits. Pipelines of the source that is taken back, or of
   * an older one, do not bring it again; a newer source goes on as ever. Answers what bump-gitops answers.
   * Errors: ROLLBACK_IMPOSSIBLE lists the bumps that there are; and those of bump-gitops.
   *
   * @param repo Address of the repository, as `git clone` takes it and without a login in it
   * @param path Directory of the kustomize overlay, or the file that edits are for, relative to the repository's root
   * @param image The image's name as the manifests have it, without tag or digest
   * @param to What to go back to: previous, a digest, a source commit or a commit of this repository; default previous
   * @param edits Values in the file path that name the image, as in bump-gitops; default none, an overlay
   * @param tag Tag to write with the digest, as in bump-gitops; default the tag that the image had there, for values with a tag
   * @param branch Branch to commit to; default main
   * @param kustomizeOptions Options of kustomize build that the overlay's controller has: --enable-helm (with a kustomize image that has helm), --load-restrictor=LoadRestrictionsNone, --enable-alpha-plugins and the like; default none
   * @param message Commit message with {image} {digest} {path} {ref} {revision} {order} {pipeline} to be filled in
   * @param authorName Author and committer of the commit; default slipway
   * @param authorEmail Email address of the author; default slipway@noreply.invalid
   * @param signOff Add a Signed-off-by line; default false
   * @param pipeline Address of the pipeline run, for the commit's trailers
   * @param timeout Longest time for all tries together, in seconds; default 300
   * @param pullRequest Propose the change by a pull or merge request from a branch of its own, instead of pushing it; the next bump of the same places updates it; default false
   * @param autoMerge Have the forge merge the request when its checks pass; default false
   * @param forge What runs at the repository's host: github, gitlab, gitea, forgejo or bitbucket; default what the host's name says
   * @param forgeEndpoint Address of the forge's API; default the usual one of its host
   */
  @func({ cache: "never" }) // it pushes, to a branch that others move
  async rollback(
    repo: string,
    path: string,
    image: string,
    to: string = "previous",
    edits: string[] = [],
    tag?: string,
    branch: string = "main",
    kustomizeOptions: string[] = [],
    message: string = ROLLBACK_MESSAGE,
    authorName: string = DEFAULT_AUTHOR,
    authorEmail: string = DEFAULT_EMAIL,
    signOff: boolean = false,
    pipeline?: string,
    timeout: number = DEFAULT_TIMEOUT,
    pullRequest: boolean = false,
    autoMerge: boolean = false,
    forge?: string,
    forgeEndpoint?: string,
  ): Promise<string> {
    const { rollbackRepository } = await import("#lib/gitops/bump-gitops.ts")
    const proposal = { pullRequest, autoMerge, forge, endpoint: forgeEndpoint }
    const writer = await this.gitWriter(repo, proposal)
    const commit = { tag, kustomizeOptions, branch, message, authorName, authorEmail, signOff, pipeline, timeout }
    return await rollbackRepository({ path, image, to, edits, ...commit }, writer)
  }

  /**
   * Get a token of a GitHub App for one repository, for git and for pull requests.
   *
   * The App's key signs a request of ten minutes at most; what comes back is valid for an hour, for this repository alone,
   * and allows no more than to write its contents (and pull requests). bump-gitops, promote, rollback and ship do this by
   * themselves with gitAppId and gitAppKey. Errors: FORGE_REFUSED if the App is not installed there or lacks a permission;
   * KEY_INVALID; OPTIONS_INVALID.
   *
   * @param repo Address of the repository on GitHub
   * @param pullRequest Let it open pull requests too; default false
   * @param forgeEndpoint Address of GitHub's API; default the usual one of the repository's host
   */
  @func({ cache: "never" }) // a token is short-lived
  async githubAppToken(repo: string, pullRequest: boolean = false, forgeEndpoint?: string): Promise<Secret> {
    const { appToken, requireApp } = await import("#lib/gitops/forge/app-token.ts")
    const { parseGitRemote } = await import("#lib/gitops/git-remote.ts")
    const place = { remote: parseGitRemote(repo), pullRequest, endpoint: forgeEndpoint }
    return await appToken(requireApp(this.gitAppId, this.gitAppKey), { ...place, authority: this.gitCaCertificate })
  }

  /**
   * Wait until a cluster runs a release: Argo CD, Flux, Argo Rollouts or a Deployment say so, or time is up.
   *
   * An application is live when it is synced to the commit and healthy (or, at a later commit, when its pods run the ref's
   * digest); a kustomization when it is ready at the commit; a helmrelease when it is ready with values that name the
   * digest; a rollout and a deployment when all their pods have the digest. Only reads, with the verb `get`. Answers a line
   * for each resource. Errors: SYNC_FAILED if one degraded, broke or was aborted, or the API refuses; SYNC_TIMEOUT; both with
   * the last that was seen; OPTIONS_INVALID, such as for a kubeconfig that needs a program.
   *
   * @param resources What to wait for, each as KIND/NAMESPACE/NAME: application, kustomization, helmrelease, rollout or deployment
   * @param commit Commit of the GitOps repository, whole, as bump-gitops prints it; for application and kustomization
   * @param ref The image as repository@sha256:<digest>; for application, helmrelease, rollout and deployment
   * @param kubeconfig A kubeconfig with a token or a client certificate in it
   * @param kubeContext Context of the kubeconfig; default its current one
   * @param server Address of the Kubernetes API, instead of a kubeconfig; with token
   * @param argocdServer Address of Argo CD's own API instead, for applications; with token
   * @param token Token that may get the resources
   * @param caCertificate Certificate of the API's own authority, PEM; default the kubeconfig's, else the public ones
   * @param service A way to the API through the caller's network, such as tcp://localhost:6443
   * @param timeout Longest wait, in seconds; default 600
   * @param settle How long a failure must stand before it counts, in seconds; default 15: right after a bump it can be the last release's
   */
  @func({ cache: "never" }) // a cluster moves
  async waitForSync(
    resources: string[],
    commit?: string,
    ref?: string,
    kubeconfig?: Secret,
    kubeContext?: string,
    server?: string,
    argocdServer?: string,
    token?: Secret,
    caCertificate?: File,
    service?: Service,
    timeout: number = 600,
    settle: number = 15,
  ): Promise<string> {
    const { waitForSync } = await import("#lib/sync/wait-for-sync.ts")
    const api = { kubeconfig, kubeContext, server, argocdServer, token, caCertificate, service }
    return await waitForSync({ resources, commit, ref, timeout, settle, api })
  }

  // --- pull ---

  /**
   * Write the Secret by which a cluster pulls a private repository's images, as a manifest that is itself a secret.
   *
   * Takes a login of its own, never the constructor's, which may push: give the cluster one that may only read.
   * Answers the manifest of a kubernetes.io/dockerconfigjson Secret, with the login for this repository's host alone,
   * whatever else the docker config holds: `plaintext | kubectl apply -f -`, or into a tool that seals it; never into git as
   * it is. Errors: OPTIONS_INVALID if there is no login for the host, or one that the kubelet cannot read.
   *
   * @param repository The image's repository, such as ghcr.io/acme/hello
   * @param name Name of the Secret; default registry-login
   * @param namespace Namespace of the Secret; default none, that of whoever applies it
   * @param registryUsername User that may pull
   * @param registryPassword Password or token of that user, best one that may only read
   * @param registryConfig A docker config.json with a login for the host, instead; user and password win over it
   */
  @func({ cache: "never" }) // a login ends
  async imagePullSecret(
    repository: string,
    name: string = DEFAULT_NAME,
    namespace?: string,
    registryUsername?: string,
    registryPassword?: Secret,
    registryConfig?: Secret,
  ): Promise<Secret> {
    const { pullSecret } = await import("#lib/pull/pull-secret.ts")
    const login = { username: registryUsername, password: registryPassword, dockerConfig: registryConfig }
    return await pullSecret({ address: repository, name, namespace, login })
  }

  /**
   * Write what else a cluster needs to pull: ServiceAccount, reference to a secret store, mirrors. No file holds a secret.
   *
   * Answers a directory: service-account.yaml, whose pods pull by the Secret of imagePullSecret; with secretStore
   * external-secret.yaml, of which External Secrets Operator makes that Secret; with mirrors
   * nodes/certs.d/<host>/hosts.toml for containerd. Errors: OPTIONS_INVALID for a name that Kubernetes does not take, half a
   * store, or a mirror that is no address.
   *
   * @param repository The image's repository, such as ghcr.io/acme/hello
   * @param name Name of the Secret; default registry-login
   * @param namespace Namespace of the objects; default none, that of whoever applies them
   * @param serviceAccount Name of the ServiceAccount; default the one of pods that name none
   * @param secretStore SecretStore/NAME or ClusterSecretStore/NAME that has the login; default none, no ExternalSecret
   * @param remoteKey Key of the login in the store: a docker config.json as a whole, unless properties are named
   * @param usernameProperty Property of the key with the user
   * @param passwordProperty Property of the key with the password
   * @param mirrors Addresses of mirrors of the registry, in the order in which nodes ask them; default none
   */
  @func()
  async imagePullManifests(
    repository: string,
    name: string = DEFAULT_NAME,
    namespace?: string,
    serviceAccount: string = "default",
    secretStore?: string,
    remoteKey?: string,
    usernameProperty?: string,
    passwordProperty?: string,
    mirrors: string[] = [],
  ): Promise<Directory> {
    const { pullDirectory } = await import("#lib/pull/pull-secret.ts")
    const remote = { secretStore, remoteKey, usernameProperty, passwordProperty }
    return pullDirectory({ address: repository, name, namespace, account: serviceAccount, mirrors, ...remote })
  }

  // --- retain ---

  /**
   * Write a registry's own retention policy from one set of rules, with how it is put there and what it cannot say.
   *
   * Answers a directory: policy.json (ECR's lifecycle policy, Artifact Registry's cleanup policies, the body of Harbor's
   * POST /api/v2.0/retentions, or the part of zot's configuration) and README.md. A tag that no rule matches is kept, and so
   * is what has a tag in-use-*: README.md lists the commands that give one to what is deployed. Errors: OPTIONS_INVALID,
   * also where the registry's format cannot express a rule, with what it lacks.
   *
   * @param registry Whose policy: ECR, ARTIFACT_REGISTRY, HARBOR or ZOT
   * @param repository Repository that it is for, as host/path without a tag; default image in slipway.yaml
   * @param keep Rules as "PATTERN… [last=N] [days=N]", such as "v* latest" (for ever), "pr-* days=7", "main-* last=20"; the first one that a tag matches decides, and of last and days one is enough; default retention in slipway.yaml
   * @param source The source, whose slipway.yaml says all that is not an argument
   * @param untagged Days until the registry removes what has no tag and belongs to nothing that has one; default what slipway.yaml says, else never; 0 is never, whatever it says
   * @param harborProject Number of the Harbor project
   * @param manifestsPerImage Artifact Registry counts each platform, signature and attestation of an image; default 16, as shipped for two platforms and a few to spare
   * @param gitopsRepo Address of the GitOps repository, for what is deployed; default that in slipway.yaml
   * @param gitopsBranches Its branches; default that in slipway.yaml, or main
   * @param rollbacks Earlier bumps of each place that are in use too, so that a rollback finds them; default 1
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   */
  @func({ cache: "never" }) // the GitOps repository moves
  async retentionPolicy(
    registry: RegistryKind,
    repository?: string,
    keep: string[] = [],
    source?: Directory,
    untagged?: number,
    harborProject?: number,
    manifestsPerImage: number = 16,
    gitopsRepo?: string,
    gitopsBranches: string[] = [],
    rollbacks?: number,
    set: string[] = [],
  ): Promise<Directory> {
    const { writeRetentionPolicy } = await import("#lib/ship/retention.ts")
    const { readRetention } = await import("#lib/ship/retention-settings.ts")
    const git = await this.git()
    const flags = { address: repository, keep, untagged, gitopsRepo, gitopsBranches, rollbacks, git }
    const request = await readRetention(flags, { source, set, settings: this.settings })
    const target = { harborProject, manifestsPerImage }
    return await writeRetentionPolicy(request, { kind: registry, gitImage: this.gitReader(), ...target })
  }

  /**
   * Delete from a registry what the rules give away, through its API, for registries without a policy of their own.
   *
   * A dry run unless confirmed. An image's platforms, signatures and attestations live while it lives and go with it; what a
   * GitOps branch names is never deleted, nor is a tag that no rule is about, an image that nothing says the age of, or what
   * has no tag. An image's age is what its annotation or config says of when it was made. Answers what goes and what stays,
   * each with the reason. Errors: REGISTRY_FAILED, also where the registry does not delete, or somebody else writes to it
   * meanwhile; GIT_FAILED; OPTIONS_INVALID.
   *
   * @param repository Repository, as host/path without a tag; default image in slipway.yaml
   * @param keep Rules as "PATTERN… [last=N] [days=N]", such as "v* latest" (for ever), "pr-* days=7", "main-* last=20"; the first one that a tag matches decides, and of last and days one is enough; default retention in slipway.yaml
   * @param source The source, whose slipway.yaml says all that is not an argument
   * @param confirm Delete; default false, a dry run
   * @param asJson Answer JSON: {version, repository, deleted, gitopsAsked, keep: [{digest, tags, reason}], delete: [{digest, tags, reason, steps}]}; default false
   * @param noGitops Delete without knowing what is deployed; default false
   * @param gitopsRepo Address of the GitOps repository, for what is deployed; default that in slipway.yaml
   * @param gitopsBranches Its branches; default that in slipway.yaml, or main
   * @param rollbacks Earlier bumps of each place that are in use too, so that a rollback finds them; default 1
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   */
  @func({ cache: "never" }) // it deletes
  async pruneRegistry(
    repository?: string,
    keep: string[] = [],
    source?: Directory,
    confirm: boolean = false,
    asJson: boolean = false,
    noGitops: boolean = false,
    gitopsRepo?: string,
    gitopsBranches: string[] = [],
    rollbacks?: number,
    set: string[] = [],
  ): Promise<string> {
    const { pruneImages } = await import("#lib/ship/retention.ts")
    const { readRetention } = await import("#lib/ship/retention-settings.ts")
    const git = await this.git()
    const flags = { address: repository, keep, gitopsRepo, gitopsBranches, rollbacks, registry: this.registry(), git }
    const request = await readRetention(flags, { source, set, settings: this.settings })
    const tools = { craneImage: this.craneImage, cosignImage: this.cosignImage, gitImage: this.gitReader() }
    return await pruneImages(request, { confirm, json: asJson, noGitops, ...tools })
  }

  // --- init ---

  /**
   * Write a slipway.yaml to begin with, from what the repository shows, and the CI file that ships it.
   *
   * Answers a directory with just the new files, for `export --path=.`: slipway.yaml (platforms, tags, the Dockerfile that
   * was found; destination and overlays as comments), and .github/workflows/ship.yml or .gitlab-ci.yml. Beside files of
   * these names the job is a file of its own (.github/workflows/slipway.yml; .gitlab/slipway.yml, and slipway.yaml says what
   * to add to .gitlab-ci.yml), and none where Slipway is called already. Ship rehearses with it as it is.
   * Errors: OPTIONS_INVALID if a file would be written over.
   *
   * @param source The repository, best with its .git
   * @param ci The CI system: github, gitlab or none; default what the repository's files and remote tell
   * @param module Address of this module for the CI file, best by commit; default a placeholder
   */
  @func({ cache: "session" })
  async init(source: Directory, ci?: string, module: string = MODULE_PLACEHOLDER): Promise<Directory> {
    const { initFiles } = await import("#lib/init/init.ts")
    return await initFiles(source, { ci, module, gitImage: this.gitReader() })
  }

  // --- ship ---

  /**
   * Say what ship would do with the same arguments, and do nothing of it outside the engine.
   *
   * The image is built, so that its digest is the one that would be shipped. Answers what would be tested and how, the
   * exact reference and each platform's digest, who would sign and what would be attested, the tags, and the diff of the
   * GitOps repository. Errors: those of ship that need no test and no scan.
   *
   * @param source The source, best with its .git; a slipway.yaml in its root says all that is not an argument
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml: scan.severity=LOW, services.web.build.target=prod; VALUE is YAML, null removes a setting, and as the command line splits lists at commas, a value with one goes in double quotes: '"tags=[a, b]"'
   * @param repository Repository to publish to, as host/path without a tag; default that in slipway.yaml, else none: a rehearsal
   * @param tags Tags to write after verification, with {sha}, {shortSha}, {branch}, {semver}, {major}, {minor}, {date}; default what slipway.yaml says, else the source's full git sha; uncommitted changes make it <sha>-dirty, which may move
   * @param platforms Platforms as os/architecture[/variant]; default what slipway.yaml says, else linux/amd64 and linux/arm64
   * @param severity Lowest severity that fails; default what slipway.yaml says, else HIGH, so HIGH and CRITICAL fail
   * @param ignoreUnfixed Let pass what no release fixes yet; default what slipway.yaml says, else false
   * @param layout The image as an OCI layout that another job built, instead of building and testing; nothing of the source runs then, only slipway.yaml and the commit are read
   * @param provenance What build-provenance said in that job; it must be about this image, and about the source's commit
   * @param provenanceCommit The commit that the provenance must be about, where the source has no .git to say it; literal tags then
   * @param exceptions Exceptions of the scan, each with reason, owner and expiry date; default those in slipway.yaml
   * @param buildSecrets Secrets for RUN --mount=type=secret
   * @param buildSecretIds The Dockerfile's id for each of the build secrets, in the same order; default their own names
   * @param testSecrets Secrets that the tests read from files; each of several services gets those that its test.secrets in slipway.yaml names
   * @param testSecretNames The name of each of the test secrets, in the same order, as secretNames in test
   * @param rehearse Rehearse, whatever destination is given; default false
   * @param force Do everything anew, also what an earlier run of the same commit did already, and move tags that float also back to an older commit; default false
   * @param ci Variables of the CI job as NAME=value, as examples/ci passes them: they name branch, default branch, tag and run; a pull request is always a rehearsal, but what a job of workflow_run or issue_comment checks out they do not say
   */
  @func({ cache: "never" }) // the GitOps repository moves
  async plan(
    source: Directory,
    set: string[] = [],
    repository?: string,
    tags: string[] = [],
    platforms: string[] = [],
    severity?: Severity,
    ignoreUnfixed?: boolean,
    layout?: Directory,
    provenance?: File,
    provenanceCommit?: string,
    exceptions?: File,
    buildSecrets: Secret[] = [],
    buildSecretIds: string[] = [],
    testSecrets: Secret[] = [],
    testSecretNames: string[] = [],
    rehearse: boolean = false,
    force: boolean = false,
    ci: string[] = [],
  ): Promise<string> {
    const { planAll } = await import("#lib/ship/run.ts")
    const given = { layout, provenance, provenanceCommit }
    const secrets = { buildSecrets, buildSecretIds, testSecrets, testSecretNames }
    const scan = { severity, ignoreUnfixed, exceptions }
    const flags = { set, repository, tags, platforms, rehearse, force, ci, ...given, ...secrets, ...scan }
    return await planAll(source, await this.shipWhat(source, flags))
  }

  /**
   * Take a source to a verified digest in the GitOps repository: test, build, scan, publish, sign, verify, tag, bump.
   *
   * With no destination (repository, signer, GitOps repository) it rehearses: the same steps against a throw-away registry,
   * key and git repository inside the engine, and its answer says so. Nothing outside is touched before tests and scan
   * have passed and key, repository and overlay have proved usable; no tag exists before signature and attestations (SLSA
   * provenance; per platform SBOMs and the vulnerability report) are verified. Answers what was tested, the index digest,
   * each platform with digest, size and findings, the database's age, who signed and what was verified, tags, the commit
   * with its diff, and the time of each stage. Errors: those of the stages; OPTIONS_INVALID if only half of a destination
   * is given; SETTINGS_INVALID names line and key of slipway.yaml.
   *
   * @param source The source, best with its .git; a slipway.yaml in its root says all that is not an argument
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml: scan.severity=LOW, services.web.build.target=prod; VALUE is YAML, null removes a setting, and as the command line splits lists at commas, a value with one goes in double quotes: '"tags=[a, b]"'
   * @param repository Repository to publish to, as host/path without a tag; default that in slipway.yaml, else none: a rehearsal
   * @param tags Tags to write after verification, with {sha}, {shortSha}, {branch}, {semver}, {major}, {minor}, {date}; default what slipway.yaml says, else the source's full git sha; uncommitted changes make it <sha>-dirty, which may move
   * @param platforms Platforms as os/architecture[/variant]; default what slipway.yaml says, else linux/amd64 and linux/arm64
   * @param severity Lowest severity that fails; default what slipway.yaml says, else HIGH, so HIGH and CRITICAL fail
   * @param ignoreUnfixed Let pass what no release fixes yet; default what slipway.yaml says, else false
   * @param layout The image as an OCI layout that another job built, instead of building and testing; nothing of the source runs then, only slipway.yaml and the commit are read
   * @param provenance What build-provenance said in that job; it must be about this image, and about the source's commit
   * @param provenanceCommit The commit that the provenance must be about, where the source has no .git to say it; literal tags then
   * @param exceptions Exceptions of the scan, each with reason, owner and expiry date; default those in slipway.yaml
   * @param buildSecrets Secrets for RUN --mount=type=secret
   * @param buildSecretIds The Dockerfile's id for each of the build secrets, in the same order; default their own names
   * @param testSecrets Secrets that the tests read from files; each of several services gets those that its test.secrets in slipway.yaml names
   * @param testSecretNames The name of each of the test secrets, in the same order, as secretNames in test
   * @param rehearse Rehearse, whatever destination is given; default false
   * @param force Do everything anew, also what an earlier run of the same commit did already, and move tags that float also back to an older commit; default false
   * @param ci Variables of the CI job as NAME=value, as examples/ci passes them: they name branch, default branch, tag and run; a pull request is always a rehearsal, but what a job of workflow_run or issue_comment checks out they do not say
   */
  @func({ cache: "never" }) // it pushes to registry and git
  async ship(
    source: Directory,
    set: string[] = [],
    repository?: string,
    tags: string[] = [],
    platforms: string[] = [],
    severity?: Severity,
    ignoreUnfixed?: boolean,
    layout?: Directory,
    provenance?: File,
    provenanceCommit?: string,
    exceptions?: File,
    buildSecrets: Secret[] = [],
    buildSecretIds: string[] = [],
    testSecrets: Secret[] = [],
    testSecretNames: string[] = [],
    rehearse: boolean = false,
    force: boolean = false,
    ci: string[] = [],
  ): Promise<string> {
    const { shippedText } = await import("#lib/ship/report.ts")
    const { requireAll, shipAll } = await import("#lib/ship/run.ts")
    const given = { layout, provenance, provenanceCommit }
    const secrets = { buildSecrets, buildSecretIds, testSecrets, testSecretNames }
    const scan = { severity, ignoreUnfixed, exceptions }
    const flags = { set, repository, tags, platforms, rehearse, force, ci, ...given, ...secrets, ...scan }
    return shippedText(requireAll(await shipAll(source, await this.shipWhat(source, flags))))
  }

  /**
   * Ship as ship does, and return the run as an object, also when a stage fails.
   *
   * Its fields are ok, ref, digest, repository, commit, tags, text, record (release.json) and reports, a directory:
   * release.json (its schema is lib/ship/release.schema.json), release.txt, summary.md for a CI job's summary or a merge
   * request, release.html to open in a browser, tests/ (output, JUnit, coverage) and scan/ (table, JSON, SARIF, SBOMs,
   * GitLab report). A failed stage is no error of this call: CI exports `reports`, then fails by `ok: false` in
   * release.json. Errors: OPTIONS_INVALID and SETTINGS_INVALID, before anything runs.
   *
   * @param source The source, best with its .git; a slipway.yaml in its root says all that is not an argument
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml: scan.severity=LOW, services.web.build.target=prod; VALUE is YAML, null removes a setting, and as the command line splits lists at commas, a value with one goes in double quotes: '"tags=[a, b]"'
   * @param repository Repository to publish to, as host/path without a tag; default that in slipway.yaml, else none: a rehearsal
   * @param tags Tags to write after verification, with {sha}, {shortSha}, {branch}, {semver}, {major}, {minor}, {date}; default what slipway.yaml says, else the source's full git sha; uncommitted changes make it <sha>-dirty, which may move
   * @param platforms Platforms as os/architecture[/variant]; default what slipway.yaml says, else linux/amd64 and linux/arm64
   * @param severity Lowest severity that fails; default what slipway.yaml says, else HIGH, so HIGH and CRITICAL fail
   * @param ignoreUnfixed Let pass what no release fixes yet; default what slipway.yaml says, else false
   * @param layout The image as an OCI layout that another job built, instead of building and testing; nothing of the source runs then, only slipway.yaml and the commit are read
   * @param provenance What build-provenance said in that job; it must be about this image, and about the source's commit
   * @param provenanceCommit The commit that the provenance must be about, where the source has no .git to say it; literal tags then
   * @param exceptions Exceptions of the scan, each with reason, owner and expiry date; default those in slipway.yaml
   * @param buildSecrets Secrets for RUN --mount=type=secret
   * @param buildSecretIds The Dockerfile's id for each of the build secrets, in the same order; default their own names
   * @param testSecrets Secrets that the tests read from files; each of several services gets those that its test.secrets in slipway.yaml names
   * @param testSecretNames The name of each of the test secrets, in the same order, as secretNames in test
   * @param rehearse Rehearse, whatever destination is given; default false
   * @param force Do everything anew, also what an earlier run of the same commit did already, and move tags that float also back to an older commit; default false
   * @param ci Variables of the CI job as NAME=value, as examples/ci passes them: they name branch, default branch, tag and run; a pull request is always a rehearsal, but what a job of workflow_run or issue_comment checks out they do not say
   */
  @func({ cache: "never" }) // it pushes to registry and git
  async release(
    source: Directory,
    set: string[] = [],
    repository?: string,
    tags: string[] = [],
    platforms: string[] = [],
    severity?: Severity,
    ignoreUnfixed?: boolean,
    layout?: Directory,
    provenance?: File,
    provenanceCommit?: string,
    exceptions?: File,
    buildSecrets: Secret[] = [],
    buildSecretIds: string[] = [],
    testSecrets: Secret[] = [],
    testSecretNames: string[] = [],
    rehearse: boolean = false,
    force: boolean = false,
    ci: string[] = [],
  ): Promise<Release> {
    const { shippedRelease } = await import("#lib/ship/report.ts")
    const { shipAll } = await import("#lib/ship/run.ts")
    const given = { layout, provenance, provenanceCommit }
    const secrets = { buildSecrets, buildSecretIds, testSecrets, testSecretNames }
    const scan = { severity, ignoreUnfixed, exceptions }
    const flags = { set, repository, tags, platforms, rehearse, force, ci, ...given, ...secrets, ...scan }
    return shippedRelease(await shipAll(source, await this.shipWhat(source, flags)))
  }

  /** What is shipped, by a call's flags and the access that holds for every call. */
  private async shipWhat(source: Directory, flags: ShipRequest): Promise<ShipWhat> {
    const { readShipOptions } = await import("#lib/ship/options.ts")
    const [signing, git] = await Promise.all([this.signing(), this.git()])
    const access = { signing, git, registry: this.registry(), forgeToken: this.gitForgeToken }
    const tools = { images: this.tools(), scan: this.scanTools() }
    return await readShipOptions(source, { ...flags, ...access }, { ...tools, nodeImage: this.nodeImage })
  }

  /** The settings of a function without a source. */
  private async givenSettings(): Promise<Settings> {
    const { readGivenSettings } = await import("#lib/ship/settings.ts")
    return await readGivenSettings(this.settings)
  }

  private async stepRegistry(): Promise<RegistryInput> {
    const { stepRegistry } = await import("#lib/ship/delivery-options.ts")
    return stepRegistry(this.registry(), await this.givenSettings())
  }

  private async stepSigning(): Promise<SigningKeyInput> {
    const { stepSigning } = await import("#lib/ship/delivery-options.ts")
    return stepSigning(await this.signing(), await this.givenSettings())
  }

  private registry(): RegistryInput {
    const login = { username: this.registryUsername, password: this.registryPassword }
    const network = { service: this.registryService, plainHttp: this.plainHttp, caCertificate: this.caCertificate }
    return { ...login, dockerConfig: this.registryConfig, ...network }
  }

  private async signing(): Promise<SigningKeyInput> {
    const { signingToken } = await import("#lib/login/id-token.ts")
    const request = { requestUrl: this.requestUrl, requestToken: this.requestToken }
    const identityToken = signingToken({ token: this.identityToken, ...request })
    return { key: this.cosignKey, password: this.cosignPassword, identityToken, ...(await this.signerNames()) }
  }

  /** The signer that a verification accepts; a function's own flags win over what the signer's access names. */
  private async signer(flags: SignerFlags): Promise<Signer> {
    const { stepSigner } = await import("#lib/ship/delivery-options.ts")
    const { parseSigner } = await import("#lib/sign/key-input.ts")
    return parseSigner(stepSigner(await this.signerNames(), flags, await this.givenSettings()))
  }

  private async signerNames(): Promise<SignerInput> {
    const { pairCredentials } = await import("#lib/sign/credentials.ts")
    const kmsCredentials = pairCredentials(this.kmsCredentialNames, this.kmsCredentials)
    const services = { fulcioUrl: this.fulcioUrl, rekorUrl: this.rekorUrl, timestampUrl: this.timestampUrl }
    const files = { signingConfig: this.signingConfig, trustedRoot: this.trustedRoot }
    return { kmsKey: this.kmsKey, kmsCredentials, identity: this.identity, issuer: this.issuer, ...services, ...files }
  }

  private async git(): Promise<Omit<GitAccessInput, "repo">> {
    const { pairApp } = await import("#lib/gitops/forge/app-token.ts")
    const token = { username: this.gitUsername, token: this.gitToken }
    const ssh = { sshKey: this.gitSshKey, knownHosts: this.gitKnownHosts }
    const server = { gitService: this.gitService, gitCaCertificate: this.gitCaCertificate }
    const signing = { signingKey: this.gitSigningKey, signingPassword: this.gitSigningPassword }
    return { ...token, ...ssh, ...server, ...signing, app: pairApp(this.gitAppId, this.gitAppKey, this.gitToken) }
  }

  private async gitWriter(repo: string, proposal: DeliveryChoice): Promise<Writer> {
    const { newRun } = await import("#lib/config/effect.ts")
    const delivery = { ...proposal, token: this.gitForgeToken }
    const images = { image: this.kustomizeImage, gitImage: this.gitImage }
    return { access: { repo, ...(await this.git()) }, delivery, ...images, run: newRun() }
  }

  /** The job that logs in: its token, or the way to request one; and the logins that its new one is added to. */
  private job(token?: Secret): Omit<LoginInput, "address"> {
    const request = { requestUrl: this.requestUrl, requestToken: this.requestToken }
    return { source: token ? { token } : request, others: this.registryConfig }
  }

  /** The image that reads repositories: kustomize's has git too. */
  private gitReader(): string {
    return this.gitImage ?? this.kustomizeImage
  }

  private tools(): Tools {
    return {
      trivy: this.trivyImage,
      cosign: this.cosignImage,
      crane: this.craneImage,
      kustomize: this.kustomizeImage,
      registry: this.registryImage,
      ...(this.gitImage && { git: this.gitImage }),
    }
  }
}
