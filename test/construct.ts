import { Slipway } from "../src/index.ts"

/** The constructor's arguments in order; index.test.ts compares them with the SDK's introspection. */
export const CONSTRUCTOR_ARGUMENTS = [
  "trivyImage",
  "cosignImage",
  "craneImage",
  "kustomizeImage",
  "registryImage",
  "vulnerabilityDb",
  "nodeImage",
  "grypeImage",
  "grypeDb",
  "kevCatalog",
  "epssScores",
  "vexRepository",
  "gitImage",
  "helmImage",
  "kubeconformImage",
  "conftestImage",
  "kyvernoImage",
  "kubernetesSchemas",
  "settings",
  "registryUsername",
  "registryPassword",
  "registryConfig",
  "registryService",
  "plainHttp",
  "caCertificate",
  "cosignKey",
  "cosignPassword",
  "kmsKey",
  "kmsCredentials",
  "kmsCredentialNames",
  "identityToken",
  "requestUrl",
  "requestToken",
  "identity",
  "issuer",
  "fulcioUrl",
  "rekorUrl",
  "timestampUrl",
  "signingConfig",
  "trustedRoot",
  "gitUsername",
  "gitToken",
  "gitSshKey",
  "gitKnownHosts",
  "gitService",
  "gitCaCertificate",
  "gitSigningKey",
  "gitSigningPassword",
  "gitForgeToken",
  "sourceForgeToken",
  "gitAppId",
  "gitAppKey",
  "notifyUrl",
  "notifySecret",
  "kubeconfig",
  "kubeContext",
  "clusterServer",
  "argocdServer",
  "clusterToken",
  "clusterCaCertificate",
  "clusterService",
] as const

type Names = typeof CONSTRUCTOR_ARGUMENTS
type Values = Required<ConstructorParameters<typeof Slipway>>
type Position = Exclude<keyof Names, keyof []> & keyof Values

/** The constructor's arguments by name; omitted ones have their defaults. */
export type ConstructorArguments = { [At in Position as Names[At] & string]?: Values[At] }

/** Builds the module from arguments by name, as the command line and generated clients do. */
export function construct(args: ConstructorArguments): Slipway {
  const values = CONSTRUCTOR_ARGUMENTS.map((name) => args[name])
  return new Slipway(...(values as ConstructorParameters<typeof Slipway>))
}
