import { X509Certificate } from "node:crypto"
import { type Container, dag, type File, NetworkProtocol, type Service } from "@dagger.io/dagger"
import { stringify } from "yaml"
import type { RegistryAccess } from "../../lib/oci/registry-access.ts"
import { CI_ISSUER, ISSUER, type Issuer, startIssuer } from "./oidc-issuer.ts"
import { publish } from "./published-server.ts"
import { LOG_PORT, type TransparencyLog } from "./transparency-log.ts"

// test/engine/up --with=fulcio,timestamp-server serves these without a network
const FULCIO_IMAGE = "ghcr.io/sigstore/fulcio:v1.8.5"
const TIMESTAMP_IMAGE = "ghcr.io/sigstore/timestamp-server:v2.0.3"
const HOST = "http://registry.test"
const [FULCIO_PORT, STAMPING_PORT] = [5555, 3000]

/** A private Sigstore instance: a real Fulcio, a real timestamp authority, and an OIDC issuer. */
export type PrivateSigstore = {
  /** The registry, with the instance's services on other ports of the same host. */
  access: RegistryAccess
  services: { fulcioUrl: string; timestampUrl: string; trustedRoot: File }
  /** The services and the log as a signing config and a trusted root. */
  described: (log: Pick<TransparencyLog, "entry">, at?: string) => { signingConfig: File; trustedRoot: File }
  /** The services' ports on this machine. */
  ports: { fulcio: number; stamping: number }
  issuer: string
} & Pick<Issuer, "identityToken" | "workflowToken">

/** `logPort` is the log's port on this machine, if the instance has a log. */
export async function startPrivateSigstore(registryPort: number, logPort?: number): Promise<PrivateSigstore> {
  const { service: issuer, identityToken, workflowToken } = await startIssuer()
  const [fulcio, stamping] = await Promise.all([
    publish(fulcioServer(issuer), FULCIO_PORT),
    publish(timestampServer(), STAMPING_PORT),
  ])
  const root = await trustedRootOf(fulcio, stamping)
  const tcp = (backend: number, frontend: number) => ({ protocol: NetworkProtocol.Tcp, backend, frontend })
  const ports = [tcp(registryPort, 5000), tcp(fulcio, FULCIO_PORT), tcp(stamping, STAMPING_PORT)]
  const all = logPort ? [...ports, tcp(logPort, LOG_PORT)] : ports
  const rooted = (tlogs: object[]) => dag.file("trusted_root.json", JSON.stringify({ ...root, tlogs }))
  return {
    access: { service: dag.host().service(all, { host: "127.0.0.1" }), plainHttp: true },
    services: { ...URLS, trustedRoot: rooted([]) },
    described: ({ entry }, at) => ({
      signingConfig: dag.file("signing_config.json", JSON.stringify(signingConfig(at))),
      trustedRoot: rooted([entry]),
    }),
    ports: { fulcio, stamping },
    issuer: ISSUER,
    identityToken,
    workflowToken,
  }
}

const STAMPING_PATH = "/api/v1/timestamp"
const URLS = { fulcioUrl: `${HOST}:${FULCIO_PORT}`, timestampUrl: `${HOST}:${STAMPING_PORT}${STAMPING_PATH}` }
const SINCE = { start: "2020-01-01T00:00:00Z" }
const service = (url: string, majorApiVersion: number) => [{ url, majorApiVersion, validFor: SINCE, operator: "test" }]

// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto: message SigningConfig
/** `at` is one address for all services, if a gateway has them. */
function signingConfig(at?: string): object {
  return {
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: service(at ?? URLS.fulcioUrl, 1),
    rekorTlogUrls: service(at ?? `${HOST}:${LOG_PORT}`, 2),
    rekorTlogConfig: { selector: "ANY" },
    tsaUrls: service(at ? `${at}${STAMPING_PATH}` : URLS.timestampUrl, 1),
    tsaConfig: { selector: "ANY" },
  }
}

function fulcioServer(issuer: Service): Container {
  const by = (url: string, type: string) => ({ [url]: { "issuer-url": url, "client-id": "sigstore", type } })
  const config = { "oidc-issuers": { ...by(ISSUER, "email"), ...by(CI_ISSUER, "github-workflow") } }
  return dag
    .container()
    .from(FULCIO_IMAGE)
    .withServiceBinding("issuer.test", issuer)
    .withNewFile("/config/fulcio.yaml", stringify(config), { permissions: 0o644 })
    .withDefaultArgs([
      ...["/ko-app/fulcio", "serve", `--port=${FULCIO_PORT}`, "--grpc-port=5554", "--ca=ephemeralca", "--ct-log-url="],
      "--config-path=/config/fulcio.yaml",
    ])
}

function timestampServer(): Container {
  return dag
    .container()
    .from(TIMESTAMP_IMAGE)
    .withDefaultArgs([
      ...["/ko-app/timestamp-server", "serve", "--host=0.0.0.0", `--port=${STAMPING_PORT}`],
      ...["--timestamp-signer=memory", "--disable-ntp-monitoring"],
    ])
}

/** The output of `cosign trusted-root create` for an instance without logs. */
async function trustedRootOf(fulcio: number, timestamps: number): Promise<object> {
  const answer = await fetch(`http://127.0.0.1:${fulcio}/api/v2/trustBundle`)
  const { chains } = (await answer.json()) as { chains: { certificates: string[] }[] }
  const stamping = await (await fetch(`http://127.0.0.1:${timestamps}/api/v1/timestamp/certchain`)).text()
  const authority = (pems: string[]) => {
    const certificates = pems.map((pem) => ({ rawBytes: new X509Certificate(pem).raw.toString("base64") }))
    return { subject: { organization: "test" }, certChain: { certificates }, validFor: SINCE }
  }
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    certificateAuthorities: chains.map(({ certificates }) => authority(certificates)),
    timestampAuthorities: [authority(stamping.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [])],
  }
}
