import type { Directory, File } from "@dagger.io/dagger"
import { type ChartSource, readChart } from "../../chart/chart-source.ts"
import { hasFile, parseJson } from "../../config/file.ts"
import { replicaList } from "../../config/registry-settings.ts"
import type { ServiceSettings } from "../../config/services.ts"
import { quote, SlipwayError } from "../../error.ts"
import type { Attestation } from "../../sign/attestation-lanes.ts"
import { PREDICATE_TYPES, parsePredicateType, RELEASE_TYPES } from "../../sign/verification.ts"

/** The files of a source that its settings name by path. */
export type SettingsFiles = {
  caCertificate?: File
  publicKey?: File
  signingConfig?: File
  trustedRoot?: File
  /** The certificate authorities of replicas, by their paths. */
  replicaCertificates?: Map<string, File>
  vex?: File[]
  attestations?: Attestation[]
  chart?: ChartSource
}

/** A path that does not exist is an error before anything runs. */
export async function settingsFiles(
  source: Directory,
  {
    registry,
    sign,
    scan,
    replicas,
    chart: its,
  }: Pick<ServiceSettings, "registry" | "sign" | "scan" | "replicas" | "chart">,
): Promise<SettingsFiles> {
  const optional = async (setting: string, path?: string) =>
    path === undefined ? undefined : await settingsFile(source, setting, path)
  const [caCertificate, publicKey, signingConfig, trustedRoot, replicaCertificates, vex, attestations, chart] =
    await Promise.all([
      optional("registry.caCertificate", registry?.caCertificate),
      optional("sign.publicKey", sign?.publicKey),
      optional("sign.signingConfig", sign?.signingConfig),
      optional("sign.trustedRoot", sign?.trustedRoot),
      replicaFiles(source, replicas),
      Promise.all((scan?.vex ?? []).map((path) => settingsFile(source, "scan.vex", path))),
      Promise.all(requireDistinct(sign?.attestations ?? []).map((one) => ownAttestation(source, one))),
      its?.path === undefined ? undefined : readChart(source, its.path),
    ])
  const files = { caCertificate, publicKey, signingConfig, trustedRoot, replicaCertificates, vex, attestations }
  return { ...files, ...(chart && { chart }) }
}

async function replicaFiles(
  source: Directory,
  replicas: ServiceSettings["replicas"],
): Promise<SettingsFiles["replicaCertificates"]> {
  const files = replicaList(replicas).map(async ({ caCertificate: path }) => {
    return path === undefined ? [] : ([[path, await settingsFile(source, "caCertificate of a replica", path)]] as const)
  })
  return new Map((await Promise.all(files)).flat())
}

type OwnAttestation = { type: string; path: string }

/** A predicate that is not JSON would fail after the push. */
async function ownAttestation(source: Directory, { type, path }: OwnAttestation): Promise<Attestation> {
  const predicate = await settingsFile(source, "sign.attestations", path)
  if (parseJson(await predicate.contents()) !== undefined) return { type: parsePredicateType(type), predicate }
  throw new SlipwayError("SETTINGS_INVALID", {
    expected: `the predicate ${quote(path)} in sign.attestations to be JSON`,
    got: "other text",
    fix: "Name a file with the predicate alone: cosign adds the statement around it.",
  })
}

/** An image index has one attestation of each type, and these are the types of Slipway's own. */
function requireDistinct(attestations: OwnAttestation[]): OwnAttestation[] {
  const own: string[] = [PREDICATE_TYPES.slsaprovenance1, ...Object.values(RELEASE_TYPES)]
  const types = attestations.map(({ type }) => parsePredicateType(type))
  const taken = types.find((type, at) => own.includes(type) || types.indexOf(type) !== at)
  if (taken === undefined) return attestations
  throw new SlipwayError("SETTINGS_INVALID", {
    expected: "sign.attestations with a predicate type once each, and none that ship attests of the image index itself",
    got: quote(taken),
    fix: "Remove the entry, or use a predicate type of your own, as a URI.",
  })
}

async function settingsFile(source: Directory, setting: string, path: string): Promise<File> {
  if (await hasFile(source, path)) return source.file(path)
  throw new SlipwayError("SETTINGS_INVALID", {
    expected: `${setting} to be the path of a file in the source`,
    got: `${quote(path)}, which does not exist`,
    fix: "Write the path from the root of the source.",
  })
}
