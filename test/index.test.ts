import { expect, test } from "vitest"
import * as tools from "../src/tool-images.ts"
import { CONSTRUCTOR_ARGUMENTS } from "./construct.ts"
import { readPublicApi, renderArguments, renderField, renderSignature } from "./public-api.ts"

const api = readPublicApi()

// Arguments that mean the same have the same names everywhere.
/** Given once, to the constructor, and nowhere else. */
const REGISTRY = [
  ...["registryUsername?: string", "registryPassword?: Secret", "registryConfig?: Secret", "registryService?: Service"],
  ...["plainHttp?: boolean", "caCertificate?: File"],
]
const SIGNER = [
  ...["cosignKey?: Secret", "cosignPassword?: Secret", "kmsKey?: string", "kmsCredentials: Secret[] = []"],
  ...["kmsCredentialNames: string[] = []", "identityToken?: Secret", "requestUrl?: Secret", "requestToken?: Secret"],
  ...["identity?: string", "issuer?: string", "fulcioUrl?: string", "rekorUrl?: string", "timestampUrl?: string"],
  ...["signingConfig?: File", "trustedRoot?: File"],
]
const GIT = [
  ...["gitUsername?: string", "gitToken?: Secret", "gitSshKey?: Secret", "gitKnownHosts?: File"],
  ...["gitService?: Service", "gitCaCertificate?: File", "gitSigningKey?: Secret", "gitSigningPassword?: Secret"],
  ...["gitForgeToken?: Secret", "gitAppId?: string", "gitAppKey?: Secret"],
]
const TESTS = [
  ...["source: Directory", "image?: string", "commands: string[] = []", "paths: string[] = []"],
  ...["runners: string[] = []", "dockerfile?: string", "target?: string", "services: string[] = []"],
  ...["variables: string[] = []", "secrets: Secret[] = []", "secretNames: string[] = []", "reports: string[] = []"],
  ...["timeout?: integer", "service?: string", "set: string[] = []"],
]
const SCAN = [
  ...["layout: Directory", "severity?: Severity", "ignoreUnfixed?: boolean", "exceptions?: File"],
  ...["vex: File[] = []", "pkgTypes: string[] = []", "scanners: string[] = []"],
  ...["failOnEndOfLife?: boolean", "maxDbAge?: integer", "dbRepositories: string[] = []"],
  ...["scanner?: Scanner", "timeout?: integer"],
]
const SIGNED_BY = [
  "publicKey?: File",
  "identityPattern?: string",
  "issuerPattern?: string",
  "signedRepository?: string",
]

const SHIP = [
  ...["source: Directory", "set: string[] = []", "repository?: string", "tags: string[] = []"],
  ...["platforms: string[] = []", "severity?: Severity", "ignoreUnfixed?: boolean"],
  ...["layout?: Directory", "provenance?: File", "provenanceCommit?: string", "exceptions?: File"],
  ...["buildSecrets: Secret[] = []", "buildSecretIds: string[] = []"],
  ...["testSecrets: Secret[] = []", "testSecretNames: string[] = []"],
  ...["rehearse: boolean = false", "force: boolean = false", "ci: string[] = []"],
]

const PROPOSAL = [
  ...["pullRequest: boolean = false", "autoMerge: boolean = false", "forge?: string", "forgeEndpoint?: string"],
]
const BRANCH = 'branch: string = "main"'
const COMMIT = [
  ...['authorName: string = "slipway"', 'authorEmail: string = "slipway@noreply.invalid"', "signOff: boolean = false"],
  ...["pipeline?: string", "timeout: integer = 300"],
]

const DEPLOYED = ["gitopsRepo?: string", "gitopsBranches: string[] = []", "rollbacks?: integer", "set: string[] = []"]

/** Of the job, for one provider's audience; the constructor's requestUrl and requestToken do instead. */
const JOB_TOKEN = ["token?: Secret"]

/** The public API: what a caller may rely on. A change here is a change that callers see. */
const FUNCTIONS: Record<string, { takes: string[]; gives: string }> = {
  test: { takes: TESTS, gives: "string" },
  testReport: { takes: TESTS, gives: "Directory" },
  buildMultiArch: {
    takes: [
      ...["source: Directory", "platforms: string[] = []", "dockerfile?: string", "context?: string"],
      ...["target?: string", "buildArgs: string[] = []", "secrets: Secret[] = []", "secretIds: string[] = []"],
      ...["ssh?: Socket", "labels: string[] = []", "annotations: string[] = []"],
      ...["keepGitDir?: boolean", "reproducible: boolean = true", "timeout?: integer", "service?: string"],
      "set: string[] = []",
    ],
    gives: "Directory",
  },
  buildProvenance: {
    takes: [
      ...["source: Directory", "ci: string[] = []", "platforms: string[] = []", "dockerfile?: string"],
      ...["context?: string", "target?: string", "buildArgs: string[] = []", "secrets: Secret[] = []"],
      ...["secretIds: string[] = []", "ssh?: Socket", "labels: string[] = []", "annotations: string[] = []"],
      ...["keepGitDir?: boolean", "reproducible?: boolean", "timeout?: integer"],
      ...["service?: string", "set: string[] = []"],
    ],
    gives: "File",
  },
  imageLayout: {
    takes: ["containers: Container[]", "labels: string[] = []", "annotations: string[] = []"],
    gives: "Directory",
  },
  trivyScan: { takes: SCAN, gives: "string" },
  gateSarif: {
    takes: ["sarif: File", "severity?: Severity", "ignoreUnfixed?: boolean", "exceptions?: File"],
    gives: "string",
  },
  scanReport: { takes: [...SCAN, 'name: string = "image"'], gives: "Directory" },
  ecrLogin: {
    takes: [
      ...["repository: string", "role: string", ...JOB_TOKEN, 'audience: string = "sts.amazonaws.com"'],
      ...['sessionName: string = "slipway"', "region?: string", "stsEndpoint?: string", "ecrEndpoint?: string"],
    ],
    gives: "Secret",
  },
  googleLogin: {
    takes: [
      ...["repository: string", "provider: string", ...JOB_TOKEN, "serviceAccount?: string", "audience?: string"],
      ...['stsEndpoint: string = "https://sts.googleapis.com/v1/token"'],
      ...['iamEndpoint: string = "https://iamcredentials.googleapis.com"'],
    ],
    gives: "Secret",
  },
  azureLogin: {
    takes: [
      ...["repository: string", "tenant: string", "client: string", ...JOB_TOKEN],
      ...['audience: string = "api://AzureADTokenExchange"'],
      ...['entraEndpoint: string = "https://login.microsoftonline.com"', "registryEndpoint?: string"],
    ],
    gives: "Secret",
  },
  dockerHubLogin: {
    takes: [
      ...["repository: string", "organization: string", "connection: string", ...JOB_TOKEN, "lifetime: integer = 3600"],
      ...['audience: string = "https://identity.docker.com"'],
      ...['endpoint: string = "https://identity.docker.com/oauth/token"'],
    ],
    gives: "Secret",
  },
  tokenLogin: { takes: ["repository: string", "token: Secret", "username?: string"], gives: "Secret" },
  publish: { takes: ["layout: Directory", "repository: string"], gives: "string" },
  tag: {
    takes: [
      ...["ref: string", "tags: string[] = []", "source?: Directory"],
      ...['defaultBranches: string[] = ["main","master"]', "force: boolean = false"],
    ],
    gives: "string",
  },
  cosignSign: {
    takes: ["ref: string", 'format: string = "v3"'],
    gives: "string",
  },
  cosignAttest: {
    takes: ["ref: string", "predicate: File", "predicateType: string"],
    gives: "string",
  },
  cosignVerify: { takes: ["ref: string", ...SIGNED_BY, 'format: string = "v3"'], gives: "string" },
  verifyRelease: {
    takes: [
      ...["ref: string", ...SIGNED_BY, "platforms: string[] = []"],
      ...['predicateTypes: string[] = ["spdxjson","cyclonedx","vuln"]', "noProvenance: boolean = false"],
    ],
    gives: "string",
  },
  admissionPolicies: { takes: ["ref: string", ...SIGNED_BY], gives: "Directory" },
  bumpGitops: {
    takes: [
      ...["ref: string", "repo?: string", "path?: string", "image?: string", "branch?: string", "tag?: string"],
      ...["edits: string[] = []", "kustomizeOptions: string[] = []", "message?: string", "authorName?: string"],
      ...["authorEmail?: string", "signOff?: boolean", "sourceRepository?: string", "sourceRevision?: string"],
      ...["sourceOrder?: integer", "pipeline?: string", "timeout?: integer", "dryRun: boolean = false"],
      ...["pullRequest?: boolean", "autoMerge?: boolean", "forge?: string", "forgeEndpoint?: string"],
    ],
    gives: "string",
  },
  promote: {
    takes: [
      ...["repo: string", "from: string", "to: string", "image: string", "repository?: string"],
      ...["fromEdits: string[] = []", "toEdits: string[] = []", "tag?: string", BRANCH],
      "kustomizeOptions: string[] = []",
      'message: string = "Promote {image} at {digest} to {path}"',
      ...COMMIT,
      ...PROPOSAL,
    ],
    gives: "string",
  },
  rollback: {
    takes: [
      ...["repo: string", "path: string", "image: string", 'to: string = "previous"', "edits: string[] = []"],
      ...["tag?: string", BRANCH, "kustomizeOptions: string[] = []"],
      'message: string = "Roll {image} back to {digest} in {path}"',
      ...COMMIT,
      ...PROPOSAL,
    ],
    gives: "string",
  },
  githubAppToken: {
    takes: [...["repo: string", "pullRequest: boolean = false", "forgeEndpoint?: string"]],
    gives: "Secret",
  },
  waitForSync: {
    takes: [
      ...["resources: string[]", "commit?: string", "ref?: string", "kubeconfig?: Secret", "kubeContext?: string"],
      ...["server?: string", "argocdServer?: string", "token?: Secret", "caCertificate?: File", "service?: Service"],
      ...["timeout: integer = 600", "settle: integer = 15"],
    ],
    gives: "string",
  },
  imagePullSecret: {
    takes: [
      ...["repository: string", 'name: string = "registry-login"', "namespace?: string"],
      ...["registryUsername?: string", "registryPassword?: Secret", "registryConfig?: Secret"],
    ],
    gives: "Secret",
  },
  imagePullManifests: {
    takes: [
      ...["repository: string", 'name: string = "registry-login"', "namespace?: string"],
      ...['serviceAccount: string = "default"', "secretStore?: string", "remoteKey?: string"],
      ...["usernameProperty?: string", "passwordProperty?: string", "mirrors: string[] = []"],
    ],
    gives: "Directory",
  },
  retentionPolicy: {
    takes: [
      ...["registry: RegistryKind", "repository?: string", "keep: string[] = []", "source?: Directory"],
      ...["untagged?: integer", "harborProject?: integer", "manifestsPerImage: integer = 16", ...DEPLOYED],
    ],
    gives: "Directory",
  },
  pruneRegistry: {
    takes: [
      ...["repository?: string", "keep: string[] = []", "source?: Directory", "confirm: boolean = false"],
      ...["asJson: boolean = false", "noGitops: boolean = false", ...DEPLOYED],
    ],
    gives: "string",
  },
  init: {
    takes: [
      ...["source: Directory", "ci?: string"],
      'module: string = "github.com/acme/slipway@0000000000000000000000000000000000000000"',
    ],
    gives: "Directory",
  },
  plan: { takes: SHIP, gives: "string" },
  ship: { takes: SHIP, gives: "string" },
  release: { takes: SHIP, gives: "Release" },
}

test("the module has exactly these functions, in the order of the chain", () => {
  expect(api.methods.map(({ name }) => name)).toEqual(Object.keys(FUNCTIONS))
})

test.each(Object.entries(FUNCTIONS))("%s takes and gives what the table says", (name, { takes, gives }) => {
  const method = api.methods.find((candidate) => candidate.name === name)
  expect(method && renderSignature(method)).toBe(`${name}(${takes.join(", ")}): ${gives}`)
})

test("a release's fields are plain values, a file and a directory, so none costs a call", () => {
  expect(api.objects.map(({ name, fields, methods }) => [name, fields.map(renderField), methods])).toEqual([
    [
      "Release",
      [
        ...["ok: boolean", "ref: string", "digest: string", "repository: string", "commit: string", "tags: string[]"],
        ...["text: string", "record: File", "reports: Directory"],
      ],
      [],
    ],
  ])
})

test("the constructor takes every tool, the official image by digest otherwise, and all access", () => {
  const image = (name: string, value: string) => `${name}: string = ${JSON.stringify(value)}`
  expect(renderArguments(api.construct.arguments).split(", ")).toEqual([
    image("trivyImage", tools.TRIVY_IMAGE),
    image("cosignImage", tools.COSIGN_IMAGE),
    image("craneImage", tools.CRANE_IMAGE),
    image("kustomizeImage", tools.KUSTOMIZE_IMAGE),
    image("registryImage", tools.REGISTRY_IMAGE),
    "vulnerabilityDb?: Directory",
    image("nodeImage", tools.NODE_IMAGE),
    image("grypeImage", tools.GRYPE_IMAGE),
    "grypeDb?: Directory",
    "gitImage?: string",
    "settings?: File",
    ...[...REGISTRY, ...SIGNER, ...GIT],
  ])
})

test.each(api.methods)("$name says in one line what it does, and then what each argument is", (method) => {
  const [summary = "", next] = method.description.split("\n")
  expect(summary).toMatch(/^[A-Z].{20,118}\.$/)
  expect(next).toBe("")
  expect(method.description).toMatch(/Errors: /)
  const undocumented = Object.values(method.arguments).filter(({ description }) => description.length < 10)
  expect(undocumented.map(({ name }) => name)).toEqual([])
})

test("every argument of the constructor says what it is and what its default is", () => {
  expect(Object.keys(api.construct.arguments), "as tests build it").toEqual([...CONSTRUCTOR_ARGUMENTS])
  for (const { name, description } of Object.values(api.construct.arguments)) {
    expect(description, name).toMatch(/default/)
  }
})

test("no argument's name holds a digit, which the command line would spell in two ways", () => {
  const names = [api.construct, ...api.methods].flatMap((callable) => Object.keys(callable.arguments))
  expect(names.filter((name) => /\d/.test(name))).toEqual([])
})

const byConstructor = { name: "the constructor", arguments: api.construct.arguments }
test.each([byConstructor, ...api.methods])(
  "no argument of $name is one that the command line takes for its own",
  ({ arguments: args }) => {
    // `dagger call --help`: a function with such an argument cannot be called at all
    const own = [
      "json",
      "output",
      "mod",
      "debug",
      "help",
      "interactive",
      "progress",
      "quiet",
      "silent",
      "verbose",
      "web",
    ]
    expect(Object.keys(args).filter((name) => own.includes(name))).toEqual([])
  },
)
