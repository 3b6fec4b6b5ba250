/**
 * From source to a verified digest in the GitOps repository, as one typed call.
 *
 * test ∥ multi-arch build → scan every platform ∥ start → push by digest → sign → attest → verify → only then tag → GitOps bump.
 * `ship` is the whole chain; each step is a function too. Between them travels an OCI image layout with one image index (a
 * Directory), and after the push a reference by digest, never a tag.
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
import type { DeployedOutcome } from "#lib/deployed/scan-deployed.ts"
import type { ScanTools } from "#lib/scan/scan-layout.ts"
import type { DeployedFlags } from "#lib/ship/options/deployed-options.ts"
import type { ShipRequest } from "#lib/ship/options/flags.ts"
import type { ShipTarget } from "#lib/ship/options/options.ts"
import type { ScanFlags } from "#lib/ship/options/stage-options.ts"
import {
  checkedWriter,
  checkTools,
  clusterInput,
  cosignTools,
  deployedRefs,
  gitInput,
  gitReader,
  givenSettings,
  imageVerifier,
  loginForSource,
  loginToPull,
  registryInput,
  signerNames,
  signingInput,
  stepRegistry,
  stepSigner,
  stepSigning,
  toolImages,
  withAccess,
} from "./api/access.ts"
import type { Chart } from "./api/chart.ts"
import { Cluster } from "./api/cluster.ts"
import type { DeployedScan } from "./api/deployed-scan.ts"
import { Gitops, proposalOf } from "./api/gitops.ts"
import type { Image } from "./api/image.ts"
import { Login } from "./api/login.ts"
import { Registry } from "./api/registry.ts"
import type { Release } from "./api/release.ts"
import type { Scan } from "./api/scan.ts"
import { Signature } from "./api/signature.ts"
import type { TestRun } from "./api/test-run.ts"
import { MODULE_PLACEHOLDER } from "./defaults.ts"
import {
  type CiSystem,
  FailOn,
  type FindingType,
  type Forge,
  lowerCase,
  type PackageType,
  type Runner,
  type Scanner,
  type Severity,
  SignatureFormat,
  type Signing,
} from "./enums.ts"
import {
  CONFTEST_IMAGE,
  COSIGN_IMAGE,
  CRANE_IMAGE,
  GRYPE_IMAGE,
  HELM_IMAGE,
  KUBECONFORM_IMAGE,
  KUSTOMIZE_IMAGE,
  KYVERNO_IMAGE,
  NODE_IMAGE,
  REGISTRY_IMAGE,
  TRIVY_IMAGE,
} from "./tool-images.ts"

@object()
export class Slipway {
  /** Short-lived registry logins from a CI job's OIDC token */
  @func()
  login: Login

  /** Tags and retention of images in a registry */
  @func()
  registry: Registry

  /** Attestations, verification and admission policies of signed images */
  @func()
  signature: Signature

  /** Environments of the GitOps repository: what is deployed, promotion, rollback */
  @func()
  gitops: Gitops

  /** The cluster: wait for a release, image pull secrets */
  @func()
  cluster: Cluster

  trivyImage: string
  cosignImage: string
  craneImage: string
  kustomizeImage: string
  registryImage: string
  vulnerabilityDb?: Directory
  nodeImage: string
  grypeImage: string
  grypeDb?: Directory
  kevCatalog?: File
  epssScores?: File
  vexRepository?: Directory
  gitImage?: string
  helmImage: string
  kubeconformImage: string
  conftestImage: string
  kyvernoImage: string
  kubernetesSchemas?: Directory
  settings?: File
  registryUsername?: string
  registryPassword?: Secret
  registryConfig?: Secret
  registryService?: Service
  plainHttp?: boolean
  caCertificate?: File
  cosignKey?: Secret
  cosignPassword?: Secret
  kmsKey?: string
  kmsCredentials: Secret[]
  kmsCredentialNames: string[]
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
  gitUsername?: string
  gitToken?: Secret
  gitSshKey?: Secret
  gitKnownHosts?: File
  gitService?: Service
  gitCaCertificate?: File
  gitSigningKey?: Secret
  gitSigningPassword?: Secret
  gitForgeToken?: Secret
  sourceForgeToken?: Secret
  gitAppId?: string
  gitAppKey?: Secret
  notifyUrl?: Secret
  notifySecret?: Secret
  kubeconfig?: Secret
  kubeContext?: string
  clusterServer?: string
  argocdServer?: string
  clusterToken?: Secret
  clusterCaCertificate?: File
  clusterService?: Service

  /**
   * Tools, settings, and access to registry, signer and git, for every function.
   *
   * @param trivyImage Image of the scanner Trivy; default the official one, by digest
   * @param cosignImage Image of the signer cosign; default the official one, by digest
   * @param craneImage Image of the registry client crane; default the official one, by digest
   * @param kustomizeImage Image with kustomize and git; default kustomize's official one, by digest
   * @param registryImage Image of the registry of a rehearsal; default the official one, by digest
   * @param vulnerabilityDb Trivy's vulnerability database, a directory with trivy.db and metadata.json; default: Trivy downloads one into a cache volume
   * @param nodeImage Image with Node 24 that makes layouts reproducible and hashes their blobs; default the one that the engine runs this module in
   * @param grypeImage Image of the scanner Grype; default the official one, by digest
   * @param grypeDb Grype's vulnerability database, a directory with its folder 6; default: Grype downloads one into a cache volume
   * @param kevCatalog CISA's catalogue of known exploited vulnerabilities, JSON, for scan.failOn.kev and the reports; default none, needed with Trivy; Grype's database contains one
   * @param epssScores FIRST's EPSS scores, CSV, also as gzip, for scan.failOn.epss and the reports; default none, needed with Trivy; Grype's database contains them
   * @param vexRepository A VEX repository, a directory with index.json, such as VEX Hub's; findings that its documents rule out do not count; Trivy only; default none
   * @param gitImage Image with git and ssh for the source's and the GitOps repository, and with gpg for an OpenPGP gitSigningKey, such as docker.io/library/buildpack-deps:bookworm-scm by digest; default kustomizeImage, which has no gpg
   * @param helmImage Image of Helm, which renders charts for the checks of a bump; default the official one, by digest
   * @param kubeconformImage Image of kubeconform, which validates rendered manifests; default the official one, by digest
   * @param conftestImage Image of Conftest, which runs a team's Rego policies; default the official one, by digest
   * @param kyvernoImage Image of Kyverno's CLI, which runs a team's Kyverno policies; default the official one, by digest
   * @param kubernetesSchemas JSON schemas of Kubernetes and of custom resources for kubeconform; default those that checks.kubeconform.schemas names, else the public ones
   * @param settings A slipway.yaml for the functions without a source: scans, publish, cosign-sign, bump-gitops and the groups registry, signature and gitops; arguments win over it, and settings of single services do not count; default none
   * @param registryUsername User of the registry; default none, an anonymous client
   * @param registryPassword Password or token of that user; default none
   * @param registryConfig A docker config.json with logins for one or more registries; registryUsername and registryPassword win for the registry of the call; default none
   * @param registryService A registry as a Dagger service, bound to the host of the repository; default none
   * @param plainHttp Use plain HTTP; a registry with TLS is accepted too, without checking its certificate; default what slipway.yaml says, else false
   * @param caCertificate Certificate authority of the registry, as PEM; default the public ones
   * @param cosignKey Private signing key, as cosign generate-key-pair writes it; default none. Pass one of cosignKey, kmsKey and identityToken (or requestUrl)
   * @param cosignPassword Password of cosignKey; default an empty one
   * @param kmsKey Address of a key in a KMS: awskms://, gcpkms://, azurekms:// or hashivault://; default what slipway.yaml says, else none
   * @param kmsCredentials Credentials for the KMS; default none
   * @param kmsCredentialNames Environment variable of each of the kmsCredentials, in the same order, such as AWS_ACCESS_KEY_ID; the value of GOOGLE_APPLICATION_CREDENTIALS and the like becomes a file; default none
   * @param identityToken OIDC token with audience sigstore, to sign without a key; default none
   * @param requestUrl ACTIONS_ID_TOKEN_REQUEST_URL of a GitHub job, to request a fresh token right before each use, instead of identityToken; default none
   * @param requestToken ACTIONS_ID_TOKEN_REQUEST_TOKEN of that job; default none
   * @param identity Identity that the certificate must contain, exactly; default what slipway.yaml says, else to sign that of the job in ci, else none
   * @param issuer OIDC issuer that the certificate must contain, exactly; default what slipway.yaml says, else to sign that of the job in ci, else none
   * @param fulcioUrl Address of a private certificate authority (Fulcio); default Sigstore's public one
   * @param rekorUrl Address of a private transparency log, Rekor 1 (for Rekor 2 pass a signingConfig); default none with a fulcioUrl, else Sigstore's public one
   * @param timestampUrl Address of a timestamp authority; default none, or the one in the trusted root
   * @param signingConfig Signing config of a private Sigstore instance, instead of the three addresses; default none
   * @param trustedRoot Trusted root of a private Sigstore instance, needed with fulcioUrl or signingConfig; default the public one
   * @param gitUsername User of the git server; default the one that its forge expects with a token (x-access-token, oauth2, x-token-auth)
   * @param gitToken Token or password for the GitOps repository, for an https:// address; default none
   * @param gitSshKey Private SSH key for the GitOps repository, for an ssh address; default none
   * @param gitKnownHosts The git server's host keys as ssh-keyscan prints them, required with gitSshKey; default none
   * @param gitService A git server as a Dagger service, bound to the repository's host; default none
   * @param gitCaCertificate Certificate authority of the git server and its forge's API, as PEM; default the public ones
   * @param gitSigningKey Private key that signs the GitOps commit, from ssh-keygen, or from gpg --armor --export-secret-keys (needs gitImage); default none
   * @param gitSigningPassword Password of gitSigningKey; default none
   * @param gitForgeToken Token for the forge's API; default gitToken
   * @param sourceForgeToken Token for the API of the source repository's forge, for previews and deployments; default none, for deployments gitForgeToken or gitToken if source and GitOps repository are on one server
   * @param gitAppId ID of a GitHub App, which requests a token for the GitOps repository alone, instead of gitToken; default none
   * @param gitAppKey Private key of the GitHub App; default none
   * @param notifyUrl Address of the webhook, where it is a secret as that of Slack, for notify in slipway.yaml; default notify.url
   * @param notifySecret Key of the HMAC-SHA256 signature of each message, which the webhook gets in the header X-Slipway-Signature-256; default none, unsigned
   * @param kubeconfig A kubeconfig that contains a token or a client certificate, for cluster wait-for-sync and the wait of ship; default none
   * @param kubeContext Context of the kubeconfig; default its current one
   * @param clusterServer Address of the Kubernetes API, instead of a kubeconfig; with clusterToken; default none
   * @param argocdServer Address of Argo CD's API instead, for applications; with clusterToken; default none
   * @param clusterToken Token that may get the resources; default none
   * @param clusterCaCertificate Certificate authority of that API, as PEM; default the kubeconfig's, else the public ones
   * @param clusterService A way to the API through the caller's network, such as tcp://localhost:6443; default none
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
    kevCatalog?: File,
    epssScores?: File,
    vexRepository?: Directory,
    gitImage?: string,
    helmImage: string = HELM_IMAGE,
    kubeconformImage: string = KUBECONFORM_IMAGE,
    conftestImage: string = CONFTEST_IMAGE,
    kyvernoImage: string = KYVERNO_IMAGE,
    kubernetesSchemas?: Directory,
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
    sourceForgeToken?: Secret,
    gitAppId?: string,
    gitAppKey?: Secret,
    notifyUrl?: Secret,
    notifySecret?: Secret,
    kubeconfig?: Secret,
    kubeContext?: string,
    clusterServer?: string,
    argocdServer?: string,
    clusterToken?: Secret,
    clusterCaCertificate?: File,
    clusterService?: Service,
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
    this.kevCatalog = kevCatalog
    this.epssScores = epssScores
    this.vexRepository = vexRepository
    this.gitImage = gitImage
    this.helmImage = helmImage
    this.kubeconformImage = kubeconformImage
    this.conftestImage = conftestImage
    this.kyvernoImage = kyvernoImage
    this.kubernetesSchemas = kubernetesSchemas
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
    this.sourceForgeToken = sourceForgeToken
    this.gitAppId = gitAppId
    this.gitAppKey = gitAppKey
    this.notifyUrl = notifyUrl
    this.notifySecret = notifySecret
    this.kubeconfig = kubeconfig
    this.kubeContext = kubeContext
    this.clusterServer = clusterServer
    this.argocdServer = argocdServer
    this.clusterToken = clusterToken
    this.clusterCaCertificate = clusterCaCertificate
    this.clusterService = clusterService
    this.login = withAccess(new Login(), this)
    this.registry = withAccess(new Registry(), this)
    this.signature = withAccess(new Signature(), this)
    this.gitops = withAccess(new Gitops(), this)
    this.cluster = withAccess(new Cluster(), this)
  }

  // --- test ---

  /**
   * Run the project's own tests in a container, independent runners side by side.
   *
   * Recognises Go, Node (npm, pnpm, Yarn), Bun, Python (uv, Poetry, pip; pytest, Django), Rust, Maven, Gradle, .NET, and a
   * Dockerfile's stage named test; a member of a workspace is tested from the workspace's root. Returns a line for each runner
   * (tests, time, image) and the end of its output. Tests that passed on the same source are not run again, unless they have
   * services or secrets; failed ones always are. Arguments that are left out come from slipway.yaml; several services are tested
   * side by side. Errors: TESTS_FAILED with the tests' output and the services' logs, also of tests that exceed the timeout;
   * RUNNER_NOT_FOUND with what was looked for; SERVICE_FAILED with the service's log; OPTIONS_INVALID; SETTINGS_INVALID;
   * SOURCE_INVALID.
   *
   * @param source The source of the project
   * @param testImage Image to test in; default one for the recognised runner, such as golang:<version in go.mod>
   * @param commands Commands to run, one after the other, instead of the recognised runner's: words and quotes, no shell; as the command line splits lists at commas, one with a comma goes in double quotes of its own: '"go test -tags=a,b ./..."'
   * @param paths Folders of the source with a project each, tested side by side; default what slipway.yaml says, else its root
   * @param runners Only these of the recognised runners; default all
   * @param dockerfile Dockerfile with a stage for tests, within each path; default Dockerfile
   * @param target The stage to test in, and nothing else; default a stage named test, with the other recognised runners
   * @param services Services that the tests need, each as "NAME=IMAGE port=N env=KEY=VALUE health='COMMAND'"; NAME is its host name; for postgres, mysql, mariadb, redis, valkey, mongo and rabbitmq "NAME=IMAGE" is enough
   * @param variables Environment variables of the tests as KEY=VALUE; never secrets
   * @param secrets Secrets that the tests read from files, from any source: env:NAME, file:PATH, cmd:"COMMAND"; where slipway.yaml names some, those alone
   * @param secretNames The name of each of the secrets, in the same order: a file in /run/secrets, named by the variable NAME_FILE
   * @param reports Patterns of further files that belong in the report, such as e2e/screenshots/**
   * @param timeout Longest time for one command of the tests, in seconds; default what slipway.yaml says, else 3600
   * @param service One of several services in slipway.yaml to test; default each that ship tests
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   */
  @func({ cache: "never" }) // the engine's own cache remembers passes, and no failures
  async test(
    source: Directory,
    testImage?: string,
    commands: string[] = [],
    paths: string[] = [],
    runners: Runner[] = [],
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
    const { pairNames } = await import("#lib/test/secret.ts")
    const { runStepTests } = await import("#lib/ship/options/step-tests.ts")
    const plan = { image: testImage, commands, paths, dockerfile, target, services, variables, reports, timeout }
    const flags = { ...plan, runners: runners.map(lowerCase), secrets: pairNames({ names: secretNames, secrets }) }
    await loginForSource(this, source, set)
    return renderOutcome(requirePassed(await runStepTests(source, flags, { set, service })))
  }

  /**
   * Run the project's own tests as test does, and return the run as an object, also when tests fail.
   *
   * Its fields are ok, text (what test prints) and reports, a directory: outcome.json (version, status, and for each runner name,
   * image, commands, status, seconds, counts, failure), services/NAME.log, and for each runner a folder with output.log, JUnit,
   * TRX and coverage files; and with cache, cache (the caches for the next call's --cache) and files (reports/ and cache/). A second call with the same arguments in one session returns the same run. Errors: as test, except TESTS_FAILED.
   *
   * @param source The source of the project
   * @param testImage Image to test in; default one for the recognised runner, such as golang:<version in go.mod>
   * @param commands Commands to run, one after the other, instead of the recognised runner's: words and quotes, no shell; as the command line splits lists at commas, one with a comma goes in double quotes of its own: '"go test -tags=a,b ./..."'
   * @param secrets Secrets that the tests read from files, from any source: env:NAME, file:PATH, cmd:"COMMAND"; where slipway.yaml names some, those alone
   * @param secretNames The name of each of the secrets, in the same order: a file in /run/secrets, named by the variable NAME_FILE
   * @param service One of several services in slipway.yaml to test; default each that ship tests
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   * @param cache Caches of an earlier call, in a directory of the CI system; not for a job that has secrets
   * @param ci Variables of the CI job as NAME=value, as examples/ci passes them: only a protected branch or tag writes caches
   */
  @func({ cache: "session" }) // one run, whose fields are read by one query each
  async testRun(
    source: Directory,
    testImage?: string,
    commands: string[] = [],
    secrets: Secret[] = [],
    secretNames: string[] = [],
    service?: string,
    set: string[] = [],
    cache?: Directory,
    ci: string[] = [],
  ): Promise<TestRun> {
    const { pairNames } = await import("#lib/test/secret.ts")
    const { testResult } = await import("#lib/ship/options/step-tests.ts")
    const flags = { image: testImage, commands, secrets: pairNames({ names: secretNames, secrets }) }
    await loginForSource(this, source, set)
    const caching = { cache, ci, nodeImage: this.nodeImage, tools: toolImages(this) }
    return await testResult(source, flags, { set, service, ...caching })
  }

  // --- build ---

  /**
   * Build one image for several platforms from a Dockerfile, as an OCI image layout.
   *
   * Returns a directory: one image index for exactly the given platforms, each with its manifest. Labels and annotations (source,
   * revision, created, version, licenses) come from the source's git commit. The same commit gives the same digest on any engine:
   * files in the layers that the build makes, and the image itself, carry the commit's time, which the Dockerfile sees as the
   * build arg SOURCE_DATE_EPOCH, as long as its base images are pinned by digest. Each base image is resolved once a call, and
   * used by that digest. Arguments that are left out come from slipway.yaml. A failing build passes the engine's error.
   * Errors: DOCKERFILE_NOT_FOUND, DOCKERFILE_INVALID (names the line), PLATFORM_INVALID, PLATFORM_MISSING (names the base image
   * and its platforms), BUILD_TIMEOUT, OPTIONS_INVALID, SETTINGS_INVALID.
   *
   * @param source The source, best with its .git
   * @param platforms Platforms as os/architecture[/variant]; default what slipway.yaml says, else linux/amd64 and linux/arm64
   * @param dockerfile Path of the Dockerfile, looked for in the context, then in the source; default what slipway.yaml says, else Dockerfile
   * @param context Folder of the source that the Dockerfile can copy from; default what slipway.yaml says, else the whole source
   * @param target Stage to build; default what slipway.yaml says, else the last
   * @param buildArgs Build args as NAME=value; never secrets, which would stay in the image; as the command line splits lists at commas, one with a comma goes in double quotes of its own: '"FEATURES=a,b"'
   * @param secrets Secrets for RUN --mount=type=secret, from any source: env:NAME, file:PATH, cmd:"COMMAND"
   * @param secretIds The Dockerfile's id for each of the secrets, in the same order; default their own names
   * @param ssh Socket of an SSH agent, for RUN --mount=type=ssh
   * @param labels Labels as NAME=value; they win over those from the commit
   * @param annotations Annotations of index and manifests as NAME=value; they win over those from the commit
   * @param keepGitDir Leave .git in the build context; default what slipway.yaml says, else false, as when Docker builds a git URL
   * @param reproducible Set all times to the commit's; default what slipway.yaml says, else true
   * @param timeout Longest time for the build, in seconds; default what slipway.yaml says, else 3600
   * @param service Which of several services in slipway.yaml to build; needed where there are several, unless dockerfile, context or target names the place
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
    reproducible?: boolean,
    timeout?: number,
    service?: string,
    set: string[] = [],
  ): Promise<Directory> {
    const { buildImage } = await import("#lib/build/docker-build.ts")
    const { readBuildSettings } = await import("#lib/ship/options/step-settings.ts")
    const { mergeBuild } = await import("#lib/ship/options/stage-options.ts")
    const request = { platforms, dockerfile, context, target, buildArgs, secretIds, labels, annotations }
    const flags = { ...request, secrets, ssh, keepGitDir, reproducible, timeout }
    const images = { nodeImage: this.nodeImage, gitImage: gitReader(this) }
    const build = mergeBuild(flags, await readBuildSettings(source, flags, { set, service }))
    await loginForSource(this, source, set)
    return (await buildImage(source, { ...build, ...images })).layout
  }

  /**
   * Build an image as build-multi-arch does, and return it as an object with its SLSA provenance.
   *
   * For a pipeline in which the job that runs the repository's code has no signing rights: it exports `files`, and
   * ship --layout=… --provenance=… in the job that signs refuses a provenance that is not about this image and this commit.
   * Fields: layout, digest, platforms, provenance (the predicate as JSON: source and commit, uncommitted changes or not, the
   * arguments given, base images and tools by digest, the digest of each platform, start and end of this call), warnings,
   * cache (the caches for the next call's --cache), and files, a directory with layout/, provenance.json and, with cache, cache/. A second call with the same arguments in one session returns the same
   * build. Errors: as build-multi-arch; OPTIONS_INVALID for ci.
   * Source: https://slsa.dev/spec/v1.1/provenance
   *
   * @param source The source, best with its .git
   * @param platforms Platforms as os/architecture[/variant]; default what slipway.yaml says, else linux/amd64 and linux/arm64
   * @param secrets Secrets for RUN --mount=type=secret, from any source: env:NAME, file:PATH, cmd:"COMMAND"
   * @param secretIds The Dockerfile's id for each of the secrets, in the same order; default their own names
   * @param ssh Socket of an SSH agent, for RUN --mount=type=ssh
   * @param service Which of several services in slipway.yaml to build; needed where there are several
   * @param ci Variables of the CI job as NAME=value, as examples/ci passes them: they name the builder and its run
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   * @param cache Caches of an earlier call, in a directory of the CI system; only a protected branch or tag, by ci, writes them
   */
  @func({ cache: "session" }) // one build, whose fields are read by one query each
  async image(
    source: Directory,
    platforms: string[] = [],
    secrets: Secret[] = [],
    secretIds: string[] = [],
    ssh?: Socket,
    service?: string,
    ci: string[] = [],
    set: string[] = [],
    cache?: Directory,
  ): Promise<Image> {
    const { buildResult } = await import("#lib/ship/source-image.ts")
    const { readBuildSettings } = await import("#lib/ship/options/step-settings.ts")
    const { mergeBuild } = await import("#lib/ship/options/stage-options.ts")
    const request = { platforms, secretIds }
    const flags = { ...request, secrets, ssh }
    const images = { nodeImage: this.nodeImage, gitImage: gitReader(this) }
    const build = mergeBuild(flags, await readBuildSettings(source, {}, { set, service }))
    await loginForSource(this, source, set)
    return await buildResult(source, { build: { ...build, ...images }, ci, tools: toolImages(this), cache })
  }

  /**
   * Put containers that another Dagger function built, one for each platform, into an OCI image layout.
   *
   * For buildpacks, apko, ko, Nix or your own Dagger pipeline: every later stage takes the layout. Returns a directory with
   * one image index for exactly the platforms of the containers. Errors: OPTIONS_INVALID without a container; PLATFORM_INVALID if
   * two have the same platform.
   *
   * @param containers A container for each platform, each made for its platform
   * @param labels Labels as NAME=value; default none
   * @param annotations Annotations of index and manifests as NAME=value; default none
   */
  @func()
  async imageLayout(containers: Container[], labels: string[] = [], annotations: string[] = []): Promise<Directory> {
    const { containerLayout } = await import("#lib/build/request.ts")
    await loginToPull(this)
    return await containerLayout(containers, { labels, annotations, nodeImage: this.nodeImage })
  }

  // --- scan ---

  /**
   * Scan every platform of an image with Trivy or Grype, and fail on any finding at or above a severity.
   *
   * Returns the verdict, each platform's findings by severity, one table of all findings that names the platforms where they
   * differ, and what does not count and why. The scanner gets no secrets, and no network once its database is there. Arguments
   * that are left out come from the constructor's settings. Errors: GATE_FAILED names each finding and the version that fixes it;
   * SCANNER_FAILED if the scanner failed twice; EXCEPTIONS_INVALID; DATABASE_OUTDATED; LAYOUT_INVALID; REPORT_INVALID;
   * OPTIONS_INVALID.
   *
   * @param layout The image, an OCI image layout as build-multi-arch returns it, or another builder's
   * @param severity Lowest severity that fails; default what the settings say, else HIGH, so HIGH and CRITICAL fail
   * @param ignoreUnfixed Ignore findings without a fix; default what the settings say, else false
   * @param exceptions Accepted findings: a Trivy ignore file (YAML) or Slipway's exceptions, each with id, reason, owner and expiry date; default those in the settings
   * @param vex OpenVEX documents about the packages; findings that they rule out do not count; default none, and needed where the settings name some by path
   * @param pkgTypes Kinds of package whose findings count; default what the settings say, else both
   * @param scanners Kinds of finding to look for; default what the settings say, else VULN and SECRET; GRYPE finds VULN alone
   * @param failOnEndOfLife Fail when a platform's distribution is past its end of life; default what the settings say, else false, a warning
   * @param maxDbAge Oldest vulnerability database to accept, in hours; default what the settings say, else 0, any age
   * @param dbRepositories Registries of the vulnerability database in the order in which they are tried; default what the settings say, else the scanner's own
   * @param scanner Program that scans; default what the settings say, else TRIVY
   * @param timeout Longest scan of one platform, in seconds; default what the settings say, else 300
   */
  @func({ cache: "session" }) // the vulnerability database changes under an unchanged image
  async trivyScan(
    layout: Directory,
    severity?: Severity,
    ignoreUnfixed?: boolean,
    exceptions?: File,
    vex: File[] = [],
    pkgTypes: PackageType[] = [],
    scanners: FindingType[] = [],
    failOnEndOfLife?: boolean,
    maxDbAge?: number,
    dbRepositories: string[] = [],
    scanner?: Scanner,
    timeout?: number,
  ): Promise<string> {
    const { renderAssessment, requirePass } = await import("#lib/scan/outcome.ts")
    const { scanLayout } = await import("#lib/scan/scan-layout.ts")
    const kinds = { pkgTypes: pkgTypes.map(lowerCase), scanners: scanners.map(lowerCase) }
    const rules = { severity, ignoreUnfixed, failOnEndOfLife, maxDbAge, ...kinds }
    const options = await this.scanChoice({ ...rules, scanner, dbRepositories, timeout, exceptions, vex })
    return renderAssessment(requirePass(await scanLayout(layout, options)))
  }

  /**
   * Scan every platform of an image as trivy-scan does, and return the scan as an object, also when the gate fails.
   *
   * Its fields are passed, text, findings, sarif and reports, a directory. For all platforms: findings.txt (a table),
   * findings.json (with the verdict), findings.sarif, gl-container-scanning-report.json (GitLab) and exceptions.openvex.json. In a
   * folder for each platform, such as linux-amd64: report.json (the scanner's own), report.sarif, sbom.cyclonedx.json,
   * sbom.spdx.json (Trivy only) and vuln.cosign.json (a predicate for cosign attest --type vuln). A second call with the same
   * arguments in one session returns the same scan. Errors: those of trivy-scan, except GATE_FAILED.
   *
   * @param layout The image, an OCI image layout as build-multi-arch returns it, or another builder's
   * @param severity Lowest severity that fails; default what the settings say, else HIGH, so HIGH and CRITICAL fail
   * @param ignoreUnfixed Ignore findings without a fix; default what the settings say, else false
   * @param exceptions Accepted findings: a Trivy ignore file (YAML) or Slipway's exceptions, each with id, reason, owner and expiry date; default those in the settings
   * @param vex OpenVEX documents about the packages; findings that they rule out do not count; default none, and needed where the settings name some by path
   * @param pkgTypes Kinds of package whose findings count; default what the settings say, else both
   * @param scanners Kinds of finding to look for; default what the settings say, else VULN and SECRET; GRYPE finds VULN alone
   * @param failOnEndOfLife Fail when a platform's distribution is past its end of life; default what the settings say, else false, a warning
   * @param maxDbAge Oldest vulnerability database to accept, in hours; default what the settings say, else 0, any age
   * @param dbRepositories Registries of the vulnerability database in the order in which they are tried; default what the settings say, else the scanner's own
   * @param scanner Program that scans; default what the settings say, else TRIVY
   * @param timeout Longest scan of one platform, in seconds; default what the settings say, else 300
   * @param name Name of the image in the reports, such as ghcr.io/acme/app; default image
   */
  @func({ cache: "session" }) // as trivyScan
  async scan(
    layout: Directory,
    severity?: Severity,
    ignoreUnfixed?: boolean,
    exceptions?: File,
    vex: File[] = [],
    pkgTypes: PackageType[] = [],
    scanners: FindingType[] = [],
    failOnEndOfLife?: boolean,
    maxDbAge?: number,
    dbRepositories: string[] = [],
    scanner?: Scanner,
    timeout?: number,
    name: string = "image",
  ): Promise<Scan> {
    const { scanResult } = await import("#lib/scan/scan-layout.ts")
    const kinds = { pkgTypes: pkgTypes.map(lowerCase), scanners: scanners.map(lowerCase) }
    const rules = { severity, ignoreUnfixed, failOnEndOfLife, maxDbAge, ...kinds }
    const options = await this.scanChoice({ ...rules, scanner, dbRepositories, timeout, exceptions, vex })
    return await scanResult(layout, { ...options, name })
  }

  /**
   * Apply the gate to another scanner's report (Docker Scout, Snyk, Clair, …) in SARIF.
   *
   * Severity is the score (security-severity), else the scanner's word; a warning without either counts as HIGH. Every package
   * that a result names is a finding; suppressed results do not count. Returns the verdict and the table. Errors: GATE_FAILED
   * names each finding; SCANNER_FAILED if the report says that its scanner failed; REPORT_INVALID if it is not SARIF 2.1.0;
   * EXCEPTIONS_INVALID.
   *
   * @param sarif The report, SARIF 2.1.0
   * @param severity Lowest severity that fails; default what the settings say, else HIGH, so HIGH and CRITICAL fail
   * @param ignoreUnfixed Ignore findings for which the report names no fix; default what the settings say, else false
   * @param exceptions Accepted findings, as in trivy-scan; default those in the settings
   */
  @func({ cache: "session" }) // an exception expires
  async gateSarif(sarif: File, severity?: Severity, ignoreUnfixed?: boolean, exceptions?: File): Promise<string> {
    const { gateSarif } = await import("#lib/scan/sarif-gate.ts")
    return await gateSarif(sarif, await this.scanChoice({ severity, ignoreUnfixed, exceptions }))
  }

  /**
   * Scan what is deployed: every image that the GitOps branches name, with today's vulnerability database.
   *
   * Finds digests and tags in the branches' files, and scans each platform of each digest once, also of images that others built. Compares with
   * the newest vulnerability report that the signer attested for the same digest: what is new, unchanged and fixed since. Without
   * such a report every finding is new, and the text says why. A tag without a digest is resolved first. Returns for each image
   * where it runs and since which commit, what it is compared with, the findings that fail or are new and what fixes them; and
   * the exceptions that end within 14 days, have ended or cover nothing. Errors: GATE_FAILED with the same text; REGISTRY_FAILED,
   * IMAGE_NOT_FOUND, LAYOUT_INVALID or SCANNER_FAILED if an image could not be scanned, whatever fail-on is, with what was found in the
   * others; GIT_FAILED; DATABASE_OUTDATED; EXCEPTIONS_INVALID; OPTIONS_INVALID; SETTINGS_INVALID.
   *
   * @param source The source, whose slipway.yaml names the GitOps repository, the gate, the exceptions and the signer; default the constructor's settings
   * @param failOn Findings that fail: NEW, those that the signed report does not have; ANY, also known ones; or NONE; default NEW
   * @param gitopsRepo Address of a GitOps repository, without a login in it; default the places in deployed in the settings, else gitops.repo
   * @param gitopsBranches Its branches; default the one in the settings, else main
   * @param gitopsPaths Its folders and files that name what runs, such as clusters/production; default the whole branch
   * @param exceptions Accepted findings, as in trivy-scan; default those in the settings
   * @param vex OpenVEX documents about the packages, as in trivy-scan; default those in the settings
   * @param publicKey The public key of the signer whose reports count, PEM; default the signer in the constructor, else in the settings
   * @param identityPattern A regular expression from ^ to $ for the signer's identity, for several branches or tags
   * @param issuerPattern A regular expression from ^ to $ for its issuer
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   */
  @func({ cache: "never" }) // branches, tags and the vulnerability database change
  async scanDeployed(
    source?: Directory,
    failOn: FailOn = FailOn.NEW,
    gitopsRepo?: string,
    gitopsBranches: string[] = [],
    gitopsPaths: string[] = [],
    exceptions?: File,
    vex: File[] = [],
    publicKey?: File,
    identityPattern?: string,
    issuerPattern?: string,
    set: string[] = [],
  ): Promise<string> {
    const { requireOk } = await import("#lib/deployed/reports.ts")
    const places = { gitopsRepo, gitopsBranches, gitopsPaths }
    const verification = { publicKey, identityPattern, issuerPattern }
    const flags = { ...places, failOn, exceptions, vex, verification }
    return requireOk(await this.scanAndNotify(flags, { source, set }))
  }

  /**
   * Scan what is deployed as scan-deployed does, and return the run as an object, also when it fails.
   *
   * Its fields are ok, text (what scan-deployed prints), record (deployed.json), sarif (a category for each image) and reports, a
   * directory: deployed.json, deployed.txt, summary.md (for a CI job), deployed.html (one page), findings.sarif and
   * gl-container-scanning-report.json (GitLab). A second call with the same arguments in one session returns the same run.
   * Errors: those of scan-deployed about git and options; what fails an image is in the record.
   *
   * @param source The source, whose slipway.yaml names the GitOps repository, the gate, the exceptions and the signer; default the constructor's settings
   * @param failOn Findings that fail: NEW, those that the signed report does not have; ANY, also known ones; or NONE; default NEW
   * @param gitopsRepo Address of a GitOps repository, without a login in it; default the places in deployed in the settings, else gitops.repo
   * @param gitopsBranches Its branches; default the one in the settings, else main
   * @param gitopsPaths Its folders and files that name what runs, such as clusters/production; default the whole branch
   * @param exceptions Accepted findings, as in trivy-scan; default those in the settings
   * @param vex OpenVEX documents about the packages, as in trivy-scan; default those in the settings
   * @param publicKey The public key of the signer whose reports count, PEM; default the signer in the constructor, else in the settings
   * @param identityPattern A regular expression from ^ to $ for the signer's identity, for several branches or tags
   * @param issuerPattern A regular expression from ^ to $ for its issuer
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   */
  @func({ cache: "session" }) // one run, whose fields are read by one query each
  async deployedScan(
    source?: Directory,
    failOn: FailOn = FailOn.NEW,
    gitopsRepo?: string,
    gitopsBranches: string[] = [],
    gitopsPaths: string[] = [],
    exceptions?: File,
    vex: File[] = [],
    publicKey?: File,
    identityPattern?: string,
    issuerPattern?: string,
    set: string[] = [],
  ): Promise<DeployedScan> {
    const { deployedObject } = await import("#lib/deployed/reports.ts")
    const places = { gitopsRepo, gitopsBranches, gitopsPaths }
    const verification = { publicKey, identityPattern, issuerPattern }
    const flags = { ...places, failOn, exceptions, vex, verification }
    return deployedObject(await this.scanAndNotify(flags, { source, set }))
  }

  // --- smoke ---

  /**
   * Start an image as a cluster would, before it is pushed, and fail if it does not start or does not answer.
   *
   * Runs exactly the layout's bytes as the image's own user, with its ENTRYPOINT and without secrets, on the engine's own
   * platform. Without arguments and settings an image with HEALTHCHECK must pass it, one with EXPOSE must answer on a port, and
   * both must be up after 5 s; one with neither is not started, and the output says so. With a command alone, that must end with
   * exit code 0. Returns a line for each platform. A start of the same bytes that passed is not repeated, unless it has services;
   * a failed one always is. Errors: SMOKE_FAILED with the cause (no execute bit, a missing file, loader or library, another
   * architecture, a crash, a wrong port or status), the exit code and the end of the log; SMOKE_UNAVAILABLE if the engine cannot
   * run the platform; SERVICE_FAILED; LAYOUT_INVALID; OPTIONS_INVALID.
   *
   * @param layout The image, an OCI image layout as build-multi-arch returns it, or another builder's
   * @param source The source, whose slipway.yaml has the settings that are no argument; default the constructor's settings
   * @param service One of several services in that slipway.yaml
   * @param command Replaces the image's CMD, in words and quotes; without a port it must end with exit code 0
   * @param port TCP port that must answer; default what the settings say, else one of EXPOSE
   * @param path Path that must return the status by HTTP; default what the settings say, else none, a connection is enough
   * @param status Accepted HTTP statuses; default what the settings say, else 200 to 399
   * @param env Environment variables of the image as KEY=VALUE; never secrets; default those in the settings
   * @param services Services that the image needs, written as those of test; default those in the settings
   * @param platforms Platforms to start, others than the engine's by emulation; default those in the settings, else the engine's own
   * @param seconds Longest start, in seconds; default what the settings say, else 60
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   */
  @func({ cache: "never" }) // the engine's own cache remembers passes, and no failures
  async smoke(
    layout: Directory,
    source?: Directory,
    service?: string,
    command?: string,
    port?: number,
    path?: string,
    status: number[] = [],
    env: string[] = [],
    services: string[] = [],
    platforms: string[] = [],
    seconds?: number,
    set: string[] = [],
  ): Promise<string> {
    const { renderSmoke, requireStarted } = await import("#lib/smoke/outcome.ts")
    const { smokeLayout } = await import("#lib/smoke/smoke.ts")
    const { readSmokeSettings } = await import("#lib/ship/options/step-settings.ts")
    const { mergeSmoke } = await import("#lib/ship/options/stage-options.ts")
    const settings = await readSmokeSettings({ source, settings: this.settings }, { set, service })
    const options = mergeSmoke({ command, port, path, status, env, services, platforms, seconds }, settings)
    return renderSmoke(requireStarted(await smokeLayout(layout, options, this.nodeImage)))
  }

  // --- publish and sign ---

  /**
   * Push an image index and all its platforms to a registry by digest, without a tag.
   *
   * Returns host/repository@sha256:…, after the registry confirmed that digest, as cosign-sign and bump-gitops take it. What the
   * registry has already is not sent again. Errors: ADDRESS_INVALID; OPTIONS_INVALID for an incomplete login; LAYOUT_INVALID;
   * REGISTRY_FAILED with the registry's words and the next step.
   *
   * @param layout The image, an OCI image layout as build-multi-arch returns it, or another builder's
   * @param repository Repository to publish to, as host/path without a tag
   */
  @func({ cache: "never" }) // it pushes
  async publish(layout: Directory, repository: string): Promise<string> {
    const { newRun } = await import("#lib/engine/tool.ts")
    const { registryAccess } = await import("#lib/oci/registry-access.ts")
    const { parseRepository } = await import("#lib/oci/reference.ts")
    const { pushLayout } = await import("#lib/publish/push.ts")
    const access = await registryAccess(repository, await stepRegistry(this, repository))
    const tools = { craneImage: this.craneImage, nodeImage: this.nodeImage, run: newRun() }
    return await pushLayout(layout, { repository: parseRepository(repository), access, ...tools })
  }

  /**
   * Sign an image by its digest, and verify what was signed.
   *
   * The signature is a Sigstore bundle, a referrer of the image in its registry, and names the repository that it is for. With a
   * key only the registry is contacted. An image that this signer has signed is not signed again. Returns who signed, and what
   * was verified. Errors: REFERENCE_INVALID for a tag; KEY_INVALID; SIGNING_FAILED, after which a second run continues with the
   * same digest; VERIFICATION_FAILED.
   *
   * @param ref The image as repository@sha256:<digest>, as publish returns it; a tag alone is refused
   * @param format Form of the signature: BUNDLE, LEGACY (a tag, for policy engines that cannot read bundles) or BOTH; default BUNDLE
   * @param ci Variables of the CI job as NAME=value, as in examples/ci: identity and issuer of a signature without a key, where those are not given; default none
   */
  @func({ cache: "never" }) // it writes to the registry
  async cosignSign(ref: string, format: SignatureFormat = SignatureFormat.BUNDLE, ci: string[] = []): Promise<string> {
    const { bundleFormats } = await import("#lib/sign/args.ts")
    const { renderSignature, signDigest } = await import("#lib/sign/signature.ts")
    const { parseSigningKey } = await import("#lib/sign/signer-input.ts")
    const key = parseSigningKey(await stepSigning(this, ci))
    const { image, tools } = await cosignTools(ref, this)
    return renderSignature(await signDigest(image, { ...tools, key, formats: bundleFormats(format) }))
  }

  // --- chart ---

  /**
   * Release the source's Helm chart with an image's digest in its values: package, push, sign, attest, verify, tag.
   *
   * The same as ship does with chart in slipway.yaml, for an image that ship or another job has released; its signature,
   * provenance and reports by the same signer are verified first. A call with the same arguments runs once in a session. Returns the
   * chart's name, version, reference by digest and image. Errors: CHART_INVALID before anything is pushed; TAG_CONFLICT if its
   * version is another chart's; VERIFICATION_FAILED for the image or the chart; OPTIONS_INVALID without chart, repository or signer.
   *
   * @param source The source with its .git, the chart, and a slipway.yaml that has chart and repository
   * @param ref The image as repository@sha256:<digest>, in the settings' repository
   * @param service One of several services in that slipway.yaml
   * @param set Settings of this run as path=VALUE, over those of slipway.yaml, as in ship
   * @param ci Variables of the CI job as NAME=value, as in ship; default none
   */
  @func({ cache: "session" }) // it pushes to the registry, once for all fields of its result
  async chart(source: Directory, ref: string, service?: string, set: string[] = [], ci: string[] = []): Promise<Chart> {
    const { chartResult } = await import("#lib/ship/chart/chart-step.ts")
    const lists = {
      platforms: [],
      buildSecrets: [],
      buildSecretIds: [],
      testSecrets: [],
      testSecretNames: [],
      services: [],
    }
    const run = {
      tags: [],
      rehearse: false,
      prepare: false,
      force: false,
      refresh: false,
      wait: false,
    }
    const what = await this.shipWhat(source, { ...lists, ...run, set, ci })
    return await chartResult(source, what, { ref, ...(service !== undefined && { service }) })
  }

  // --- bump ---

  /**
   * Write an image's digest into a GitOps repository: edit the overlay, commit, push.
   *
   * An overlay's entry is edited in place, and kustomize's manifests before and after are compared: nothing but the named image
   * may change. Helm values, Flux markers, Argo CD Applications, JSON and .env files are edited with --edits, value by value. When
   * another writer pushes first, the edit is repeated on that commit, never forced. Returns the commit, its diff and the other
   * writer; that the digest was present; or that a bump of newer source was kept (--source-order). With --pull-request it returns
   * the request's address and pushes nothing to the branch itself. Where a signer is named (by arguments, the constructor or the
   * settings), the image is verified first as signature verify-release does; without one, the output says that it is not verified.
   * Arguments that are left out come from gitops in the
   * constructor's settings, whose checks run before the commit. Errors: CHECK_FAILED lists the violations that the bump adds to
   * the manifests; OVERLAY_INVALID lists the overlays or the image names found; EDIT_INVALID if the file's reader
   * would not find the digest; GIT_FAILED if the repository cannot be read; PUSH_REFUSED if the server refuses the commit (a
   * protected branch, a hook); FORGE_REFUSED names the permission that a token lacks; VERIFICATION_FAILED and the other errors of
   * verify-release, with git untouched.
   *
   * @param ref The new image as repository@sha256:<digest>, as publish returns it; a tag alone is refused
   * @param repo Address of the GitOps repository, as `git clone` takes it and without a login in it; default the one in the settings
   * @param path Directory of the kustomize overlay, or the file of the edits, relative to the repository's root; default the one in the settings
   * @param imageName Name of the image in the manifests, without tag or digest; default the one in the settings, else the ref's repository
   * @param branch Branch to commit to; default the one in the settings, else main
   * @param tag Tag to write with the digest, for people to read; values such as Helm's image.tag alone need one; default none
   * @param edits Values to edit in files instead of an overlay: EDIT in the file at path, or FILE#EDIT; an EDIT is helm:image, yaml:spec.image, json:image, env:APP_IMAGE, flux:flux-system:app, helmrelease:image, argocd-helm:image, argocd-kustomize:app, kustomize:app or chart:web; default those in the settings for their own path, else none
   * @param kustomizeOptions Options of kustomize build that the overlay's controller uses: --enable-helm (with a kustomize image that has helm), --load-restrictor=LoadRestrictionsNone, --enable-alpha-plugins and the like; default those in the settings, else none
   * @param message Commit message with {image} {digest} {path} {ref} {revision} {order} {pipeline} to be filled in; default the one in the settings, else Bump {image} to {digest} in {path}
   * @param authorName Author and committer of the commit; default the one in the settings, else slipway
   * @param authorEmail Email address of the author; default the one in the settings, else slipway@noreply.invalid
   * @param signOff Add a Signed-off-by line; default what the settings say, else false
   * @param sourceRepository Repository of the image's source, for the commit's trailers
   * @param sourceRevision The source commit that was built, for the commit's trailers
   * @param sourceOrder The source commit's time in Unix seconds (or a build number): an older one never replaces a newer
   * @param pipeline Address of the pipeline run, for the commit's trailers
   * @param timeout Longest time for all tries together, in seconds; default the one in the settings, else 300
   * @param dryRun Only show the diff, push nothing; default false
   * @param pullRequest Propose the change in a pull or merge request instead of pushing it; the next bump of the same places updates it; default what the settings say, else false
   * @param autoMerge Let the forge merge the request when its checks pass; default what the settings say, else false
   * @param forge Software of the repository's host; default what the settings say, else the host's name
   * @param forgeEndpoint Address of the forge's API; default what the settings say, else the usual one of its host
   * @param publicKey The signer's public key, PEM; a signer here, in the constructor or in the settings makes the function verify the image first
   * @param identityPattern A regular expression from ^ to $ instead, for several branches or tags
   * @param issuerPattern A regular expression from ^ to $ instead
   * @param signedRepository Repository that the signature was made for, if the image has been copied since; default the reference's
   * @param signatureOnly Require only the signature, for an image without provenance and attestations; default false
   * @param unverified Write the digest without a verification although a signer is named; default false
   */
  @func({ cache: "never" }) // it pushes, to a branch that others move
  async bumpGitops(
    ref: string,
    repo?: string,
    path?: string,
    imageName?: string,
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
    forge?: Forge,
    forgeEndpoint?: string,
    publicKey?: File,
    identityPattern?: string,
    issuerPattern?: string,
    signedRepository?: string,
    signatureOnly: boolean = false,
    unverified: boolean = false,
  ): Promise<string> {
    const { bumpRepository } = await import("#lib/gitops/bump-gitops.ts")
    const { mergeBump } = await import("#lib/ship/options/delivery-options.ts")
    const source = { sourceRepository, sourceRevision, sourceOrder, pipeline }
    const commit = { message, authorName, authorEmail, signOff, timeout, ...source }
    const proposal = proposalOf({ pullRequest, autoMerge, forge, forgeEndpoint })
    const place = { ref, repo, path, image: imageName, branch, tag, edits, kustomizeOptions }
    const bump = mergeBump({ ...place, ...commit, proposal }, await givenSettings(this))
    const verification = { publicKey, identityPattern, issuerPattern, signedRepository, signatureOnly, unverified }
    const writer = await checkedWriter(bump.repo, this, bump.proposal)
    const verify = await imageVerifier(this, verification)
    return await bumpRepository({ ...writer, verify, options: bump.options, dryRun })
  }

  // --- ship ---

  /**
   * Show what ship would do with the same arguments, and change nothing outside the engine.
   *
   * Builds the image, so that its digest is the one that would be shipped. Returns what would be tested and how, the exact
   * reference and each platform's digest, who would sign and what would be attested, the tags, and the diff of the GitOps
   * repository. Errors: those of ship that need no test and no scan.
   *
   * @param source The source, best with its .git and a slipway.yaml in its root
   * @param set Override a setting as path=VALUE: scan.failOn.severity=LOW; VALUE is YAML, null removes; quote commas: '"tags=[a, b]"'
   * @param repository Repository to publish to, as host/path; default the one in slipway.yaml, else none: a rehearsal
   * @param tags Tags with {sha}, {shortSha}, {branch}, {semver}, {major}, {minor}, {date}; default in slipway.yaml, else {sha}
   * @param platforms Platforms as os/architecture[/variant]; default what slipway.yaml says, else linux/amd64 and linux/arm64
   * @param severity Lowest severity that fails; default what slipway.yaml says, else HIGH, so HIGH and CRITICAL fail
   * @param ignoreUnfixed Ignore findings without a fix; default what slipway.yaml says, else false
   * @param layout OCI layout that another job built, instead of building and testing; no code of the source runs then
   * @param provenance Provenance of that layout, as the function image returns it; must be about this image and this commit
   * @param provenanceCommit Commit that the provenance must be about, for a source without .git; only literal tags then
   * @param exceptions Exceptions of the scan, each with id, reason, owner and expiry date; default those in slipway.yaml
   * @param buildSecrets Secrets for RUN --mount=type=secret
   * @param buildSecretIds The Dockerfile's id for each of the build secrets, in the same order; default their own names
   * @param testSecrets Secrets that the tests read from files; a service gets those that its test.secrets names
   * @param testSecretNames Name of each of the test secrets, in the same order: file /run/secrets/NAME, variable NAME_FILE
   * @param ssh Socket of an SSH agent, for RUN --mount=type=ssh
   * @param rehearse Rehearse, whatever destination is given; default false
   * @param force Repeat what an earlier run of the commit did, and move floating tags also back; default false
   * @param ci Variables of the CI job as NAME=value, as in examples/ci; a pull request is rehearsed, or with preview in slipway.yaml shipped to its own tag and overlay
   * @param services Names of the services to ship; default all in slipway.yaml
   * @param prepare End after the tags; the next call without it deploys what is prepared, in one commit; default false
   * @param wait Wait until the cluster runs the release; default whether slipway.yaml has wait, which names the resources
   * @param rollbackOnFailure Restore the previous image if the cluster reports a failure; default what wait in slipway.yaml says, else false
   */
  @func({ cache: "never" }) // the GitOps repository changes
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
    ssh?: Socket,
    rehearse: boolean = false,
    force: boolean = false,
    ci: string[] = [],
    services: string[] = [],
    prepare: boolean = false,
    wait?: boolean,
    rollbackOnFailure?: boolean,
  ): Promise<string> {
    const { planAll } = await import("#lib/ship/run.ts")
    const given = { layout, provenance, provenanceCommit }
    const secrets = { buildSecrets, buildSecretIds, testSecrets, testSecretNames, ssh }
    const scan = { severity, ignoreUnfixed, exceptions }
    const run = { services, rehearse, prepare, force, refresh: false, ci, wait, rollbackOnFailure }
    const flags = { set, repository, tags, platforms, ...run, ...given, ...secrets, ...scan }
    return await planAll(source, await this.shipWhat(source, flags))
  }

  /**
   * Take a source to a verified digest in the GitOps repository: test, build, scan, publish, sign, verify, tag, bump.
   *
   * Without a destination (repository, signer, GitOps repository) it rehearses: the same steps with a temporary registry, key and
   * git repository inside the engine, and the output says so. Nothing outside is changed before tests and scan have passed and
   * key, repository and overlay are known to be usable; no tag exists before signature and attestations (SLSA provenance; per
   * platform SBOMs and the vulnerability report) are verified. Returns what was tested, the index digest, each platform with
   * digest, size and findings, the database's age, who signed and what was verified, tags, the Helm chart with version and digest
   * if slipway.yaml names one, the commit with its diff, and the time of each stage. Errors: those of the stages; OPTIONS_INVALID
   * if a destination is incomplete; SETTINGS_INVALID names line and key of slipway.yaml; CHART_INVALID before anything is pushed.
   *
   * @param source The source, best with its .git and a slipway.yaml in its root
   * @param set Override a setting as path=VALUE: scan.failOn.severity=LOW; VALUE is YAML, null removes; quote commas: '"tags=[a, b]"'
   * @param repository Repository to publish to, as host/path; default the one in slipway.yaml, else none: a rehearsal
   * @param tags Tags with {sha}, {shortSha}, {branch}, {semver}, {major}, {minor}, {date}; default in slipway.yaml, else {sha}
   * @param platforms Platforms as os/architecture[/variant]; default what slipway.yaml says, else linux/amd64 and linux/arm64
   * @param severity Lowest severity that fails; default what slipway.yaml says, else HIGH, so HIGH and CRITICAL fail
   * @param ignoreUnfixed Ignore findings without a fix; default what slipway.yaml says, else false
   * @param layout OCI layout that another job built, instead of building and testing; no code of the source runs then
   * @param provenance Provenance of that layout, as the function image returns it; must be about this image and this commit
   * @param provenanceCommit Commit that the provenance must be about, for a source without .git; only literal tags then
   * @param exceptions Exceptions of the scan, each with id, reason, owner and expiry date; default those in slipway.yaml
   * @param buildSecrets Secrets for RUN --mount=type=secret
   * @param buildSecretIds The Dockerfile's id for each of the build secrets, in the same order; default their own names
   * @param testSecrets Secrets that the tests read from files; a service gets those that its test.secrets names
   * @param testSecretNames Name of each of the test secrets, in the same order: file /run/secrets/NAME, variable NAME_FILE
   * @param ssh Socket of an SSH agent, for RUN --mount=type=ssh
   * @param rehearse Rehearse, whatever destination is given; default false
   * @param force Repeat what an earlier run of the commit did, and move floating tags also back; default false
   * @param ci Variables of the CI job as NAME=value, as in examples/ci; a pull request is rehearsed, or with preview in slipway.yaml shipped to its own tag and overlay
   * @param services Names of the services to ship; default all in slipway.yaml
   * @param prepare End after the tags; the next call without it deploys what is prepared, in one commit; default false
   * @param wait Wait until the cluster runs the release; default whether slipway.yaml has wait, which names the resources
   * @param rollbackOnFailure Restore the previous image if the cluster reports a failure; default what wait in slipway.yaml says, else false
   * @param cache Caches of an earlier run, as release returns them, for an engine that is empty; default those in slipway.yaml
   * @param refresh Build the commit again only if a base image moved since the deployed release of this commit (or by refresh in slipway.yaml only if that fixes a finding), and else do nothing; default false
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
    ssh?: Socket,
    rehearse: boolean = false,
    force: boolean = false,
    ci: string[] = [],
    services: string[] = [],
    prepare: boolean = false,
    wait?: boolean,
    rollbackOnFailure?: boolean,
    cache?: Directory,
    refresh: boolean = false,
  ): Promise<string> {
    const { renderRunText } = await import("#lib/ship/report/report.ts")
    const { requireAll, shipAll } = await import("#lib/ship/run.ts")
    const given = { layout, provenance, provenanceCommit }
    const secrets = { buildSecrets, buildSecretIds, testSecrets, testSecretNames, ssh }
    const scan = { severity, ignoreUnfixed, exceptions }
    const run = { services, rehearse, prepare, force, refresh, ci, wait, rollbackOnFailure, cache }
    const flags = { set, repository, tags, platforms, ...run, ...given, ...secrets, ...scan }
    return renderRunText(requireAll(await shipAll(source, await this.shipWhat(source, flags))))
  }

  /**
   * Ship as ship does, and return the run as an object, also when a stage fails.
   *
   * Its fields are ok, ref, digest, repository, commit, tags, text, record (release.json), cache (the caches for the next run's
   * --cache), files (reports/ and cache/ as one directory) and reports, a directory: release.json
   * (its schema is lib/ship/release.schema.json), release.txt, summary.md for a CI job's summary or a merge request, release.html
   * for a browser, tests/ (output, JUnit, coverage) and scan/ (table, JSON, SARIF, SBOMs, GitLab report). A failed stage is no
   * error of this call: CI exports `reports`, then fails if `ok` is false in release.json. A second call with the same
   * arguments in one session returns the same run. Errors: OPTIONS_INVALID and SETTINGS_INVALID, before anything runs.
   *
   * @param source The source, best with its .git and a slipway.yaml in its root
   * @param set Override a setting as path=VALUE: scan.failOn.severity=LOW; VALUE is YAML, null removes; quote commas: '"tags=[a, b]"'
   * @param repository Repository to publish to, as host/path; default the one in slipway.yaml, else none: a rehearsal
   * @param tags Tags with {sha}, {shortSha}, {branch}, {semver}, {major}, {minor}, {date}; default in slipway.yaml, else {sha}
   * @param platforms Platforms as os/architecture[/variant]; default what slipway.yaml says, else linux/amd64 and linux/arm64
   * @param severity Lowest severity that fails; default what slipway.yaml says, else HIGH, so HIGH and CRITICAL fail
   * @param ignoreUnfixed Ignore findings without a fix; default what slipway.yaml says, else false
   * @param layout OCI layout that another job built, instead of building and testing; no code of the source runs then
   * @param provenance Provenance of that layout, as the function image returns it; must be about this image and this commit
   * @param provenanceCommit Commit that the provenance must be about, for a source without .git; only literal tags then
   * @param exceptions Exceptions of the scan, each with id, reason, owner and expiry date; default those in slipway.yaml
   * @param buildSecrets Secrets for RUN --mount=type=secret
   * @param buildSecretIds The Dockerfile's id for each of the build secrets, in the same order; default their own names
   * @param testSecrets Secrets that the tests read from files; a service gets those that its test.secrets names
   * @param testSecretNames Name of each of the test secrets, in the same order: file /run/secrets/NAME, variable NAME_FILE
   * @param ssh Socket of an SSH agent, for RUN --mount=type=ssh
   * @param rehearse Rehearse, whatever destination is given; default false
   * @param force Repeat what an earlier run of the commit did, and move floating tags also back; default false
   * @param ci Variables of the CI job as NAME=value, as in examples/ci; a pull request is rehearsed, or with preview in slipway.yaml shipped to its own tag and overlay
   * @param services Names of the services to ship; default all in slipway.yaml
   * @param prepare End after the tags; the next call without it deploys what is prepared, in one commit; default false
   * @param wait Wait until the cluster runs the release; default whether slipway.yaml has wait, which names the resources
   * @param rollbackOnFailure Restore the previous image if the cluster reports a failure; default what wait in slipway.yaml says, else false
   * @param cache Caches of an earlier run, as release returns them, for an engine that is empty; default those in slipway.yaml
   * @param refresh Build the commit again only if a base image moved since the deployed release of this commit (or by refresh in slipway.yaml only if that fixes a finding), and else do nothing; default false
   */
  @func({ cache: "session" }) // one run, whose fields are read by one query each: with "never", each would ship again
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
    ssh?: Socket,
    rehearse: boolean = false,
    force: boolean = false,
    ci: string[] = [],
    services: string[] = [],
    prepare: boolean = false,
    wait?: boolean,
    rollbackOnFailure?: boolean,
    cache?: Directory,
    refresh: boolean = false,
  ): Promise<Release> {
    const { releaseObject } = await import("#lib/ship/report/report.ts")
    const { shipAll } = await import("#lib/ship/run.ts")
    const given = { layout, provenance, provenanceCommit }
    const secrets = { buildSecrets, buildSecretIds, testSecrets, testSecretNames, ssh }
    const scan = { severity, ignoreUnfixed, exceptions }
    const run = { services, rehearse, prepare, force, refresh, ci, wait, rollbackOnFailure, cache }
    const flags = { set, repository, tags, platforms, ...run, ...given, ...secrets, ...scan }
    return releaseObject(await shipAll(source, await this.shipWhat(source, flags)))
  }

  /**
   * Compare the base images of released images with what their tags name now.
   *
   * Reads each release's signed provenance, which names its base images with their digests, and resolves their tags as a build
   * would. A base whose digest is another one is compared for each platform of the release, and scanned before and after with
   * today's database: the findings that the newer one fixes, and that the release has. Returns text. A base that the Dockerfile
   * pins by digest cannot move. Errors: VERIFICATION_FAILED without a provenance by the signer; REGISTRY_FAILED, also if a base's
   * registry does not respond; IMAGE_NOT_FOUND; GIT_FAILED; SCANNER_FAILED; OPTIONS_INVALID.
   *
   * @param refs Released images as repository@sha256:<digest>; default those that gitops in the constructor's settings deploys, one for each service
   * @param publicKey The signer's public key, PEM; default the signer in the constructor's access or settings
   * @param asJson Return JSON: {version, images: [{ref, commit, bases: [{name, digest, status, current, platforms: [{platform, status}], fixes: [{id, severity, package, installed, fixed, platforms}]}]}]}; default false
   */
  @func({ cache: "never" }) // tags of base images move
  async bases(refs: string[] = [], publicKey?: File, asJson: boolean = false): Promise<string> {
    const { readBases } = await import("#lib/bases/read-bases.ts")
    const { parseDigestRef } = await import("#lib/oci/reference.ts")
    const [signer, scan] = await Promise.all([stepSigner(this, { publicKey }), this.scanChoice({})])
    const images = refs.length ? refs : await deployedRefs(this)
    const signingFor = async (ref: string) => ({ ...(await cosignTools(ref, this)).tools, signer })
    return await readBases({ refs: images.map(parseDigestRef), asJson, nodeImage: this.nodeImage, scan, signingFor })
  }

  /**
   * Write a first slipway.yaml from what the repository contains, and the CI file that ships it.
   *
   * Returns a directory with only the new files, for `export --path=.`: slipway.yaml (platforms, tags, the Dockerfile that was
   * found; destination and overlays as comments), and .github/workflows/ship.yml or .gitlab-ci.yml. If files of these names
   * exist, the job gets a separate file (.github/workflows/slipway.yml; .gitlab/slipway.yml, and slipway.yaml says what to add
   * to .gitlab-ci.yml), and none where Slipway is called already. Where a slipway.yaml exists and has preview, it returns the
   * CI file of previews alone (.github/workflows/preview.yml or .gitlab/preview.yml). Ship rehearses with it unchanged. Signed without a key, the
   * names of repository and workflow are in Sigstore's public log for ever, also those of a private repository; slipway.yaml says
   * what to do instead. Errors: OPTIONS_INVALID if a file would be overwritten.
   *
   * @param source The repository, best with its .git
   * @param ci The CI system; default the one that the repository's files and remote show
   * @param module Address of this module for the CI file, best by commit; default a placeholder
   * @param signing How the CI job signs; default KEYLESS where the public Sigstore knows the server (github.com, gitlab.com), else KEY
   */
  @func({ cache: "session" })
  async init(
    source: Directory,
    ci?: CiSystem,
    module: string = MODULE_PLACEHOLDER,
    signing?: Signing,
  ): Promise<Directory> {
    const { initFiles } = await import("#lib/init/init.ts")
    await loginToPull(this)
    const choice = { ci: ci && lowerCase(ci), signing: signing && lowerCase(signing) }
    return await initFiles(source, { ...choice, module, gitImage: gitReader(this) })
  }

  /** A call's arguments with the constructor's access. */
  private async shipWhat(source: Directory, flags: ShipRequest): Promise<ShipTarget> {
    const { givenArguments, nameArguments } = await import("#lib/engine/secret-use.ts")
    const { readShipOptions } = await import("#lib/ship/options/options.ts")
    nameArguments({ ...this, ...flags })
    const given = givenArguments({ ...this, ...flags })
    const [signing, git] = await Promise.all([signingInput(this), gitInput(this)])
    const cluster = clusterInput(this)
    const { gitForgeToken: forgeToken, sourceForgeToken, notifyUrl, notifySecret } = this
    const tokens = { forgeToken, sourceForgeToken, notifyUrl, notifySecret }
    const access = { signing, git, registry: registryInput(this), cluster, ...tokens, given }
    const tools = { images: toolImages(this), scan: this.scanTools() }
    const programs = { nodeImage: this.nodeImage, checkers: checkTools(this) }
    return await readShipOptions(source, { ...flags, ...access }, { ...tools, ...programs })
  }

  private async scanChoice({ exceptions, vex, ...flags }: ScanFlags & { exceptions?: File; vex?: File[] }) {
    const { newRun } = await import("#lib/engine/tool.ts")
    const { exceptionsFile, stepVex } = await import("#lib/ship/options/step-settings.ts")
    const { mergeScan } = await import("#lib/ship/options/stage-options.ts")
    const settings = await givenSettings(this)
    await loginToPull(this, settings.repository)
    const accepted = exceptions ?? exceptionsFile(settings)
    const files = { exceptions: accepted, vex: stepVex(vex, settings) }
    return { ...this.scanTools(), ...mergeScan(flags, settings), run: newRun(), ...files }
  }

  private async scanAndNotify(
    flags: Omit<DeployedFlags, "git" | "registry" | "signer" | "tools">,
    { source, set }: { source?: Directory; set: string[] },
  ): Promise<DeployedOutcome> {
    const { readDeployedOptions } = await import("#lib/ship/options/deployed-options.ts")
    const { notifyOptions } = await import("#lib/ship/options/notify-options.ts")
    const { notifyDeployed } = await import("#lib/deployed/notification.ts")
    const { scanDeployed } = await import("#lib/deployed/scan-deployed.ts")
    const images = { craneImage: this.craneImage, cosignImage: this.cosignImage, gitImage: gitReader(this) }
    const [git, registry, signer] = [await gitInput(this), registryInput(this), await signerNames(this)]
    const given = { ...flags, git, registry, signer, tools: { ...this.scanTools(), ...images } }
    const { options, settings } = await readDeployedOptions(given, { source, set, settings: this.settings })
    const webhook = notifyOptions(settings, { url: this.notifyUrl, key: this.notifySecret })
    await loginToPull(this, settings.repository)
    return await notifyDeployed(await scanDeployed(options), webhook)
  }

  private scanTools(): Omit<ScanTools, "run"> {
    const images = { TRIVY: this.trivyImage, GRYPE: this.grypeImage }
    const databases = { TRIVY: this.vulnerabilityDb, GRYPE: this.grypeDb }
    const { kevCatalog, epssScores, vexRepository } = this
    return { images, databases, nodeImage: this.nodeImage, ...{ kevCatalog, epssScores, vexRepository } }
  }
}
