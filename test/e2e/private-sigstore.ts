import { generateKeyPairSync, sign, X509Certificate } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { type Container, dag, type File, NetworkProtocol, type Service } from "@dagger.io/dagger"
import { stringify } from "yaml"
import type { RegistryAccess } from "../../src/oci/registry-access.ts"
import { freePort } from "./git-server.ts"

// test/engine/up --with=fulcio,timestamp-server serves these where there is no network.
const FULCIO_IMAGE = "ghcr.io/sigstore/fulcio:v1.8.5"
const TIMESTAMP_IMAGE = "ghcr.io/sigstore/timestamp-server:v2.0.3"
const ISSUER = "http://issuer.test:8080"

/** A Sigstore instance of one's own: a real Fulcio, a timestamp authority instead of a log, and who vouches for whom. */
export type PrivateSigstore = {
  /** The registry with the instance's services beside it, on other ports of the same host. */
  access: RegistryAccess
  services: { fulcioUrl: string; timestampUrl: string; trustedRoot: File }
  issuer: string
  identityToken: (email: string) => string
}

export async function startPrivateSigstore(registryPort: number): Promise<PrivateSigstore> {
  const { service: issuer, identityToken } = await startIssuer()
  const [fulcio, timestamps] = await Promise.all([
    publish(fulcioServer(issuer), 5555),
    publish(timestampServer(), 3000),
  ])
  const trustedRoot = dag.file("trusted_root.json", JSON.stringify(await trustedRootOf(fulcio, timestamps)))
  const tcp = (backend: number, frontend: number) => ({ protocol: NetworkProtocol.Tcp, backend, frontend })
  const host = "http://registry.test"
  return {
    access: {
      service: dag
        .host()
        .service([tcp(registryPort, 5000), tcp(fulcio, 5555), tcp(timestamps, 3000)], { host: "127.0.0.1" }),
      plainHttp: true,
    },
    services: { fulcioUrl: `${host}:5555`, timestampUrl: `${host}:3000/api/v1/timestamp`, trustedRoot },
    issuer: ISSUER,
    identityToken,
  }
}

function fulcioServer(issuer: Service): Container {
  const config = { "oidc-issuers": { [ISSUER]: { "issuer-url": ISSUER, "client-id": "sigstore", type: "email" } } }
  return dag
    .container()
    .from(FULCIO_IMAGE)
    .withServiceBinding("issuer.test", issuer)
    .withNewFile("/config/fulcio.yaml", stringify(config), { permissions: 0o644 })
    .withDefaultArgs([
      ...["/ko-app/fulcio", "serve", "--port=5555", "--grpc-port=5554", "--ca=ephemeralca", "--ct-log-url="],
      "--config-path=/config/fulcio.yaml",
    ])
}

function timestampServer(): Container {
  return dag
    .container()
    .from(TIMESTAMP_IMAGE)
    .withDefaultArgs([
      ...["/ko-app/timestamp-server", "serve", "--host=0.0.0.0", "--port=3000"],
      ...["--timestamp-signer=memory", "--disable-ntp-monitoring"],
    ])
}

/** Runs a server of the engine behind a port of this machine, until the session ends. */
async function publish(server: Container, backend: number): Promise<number> {
  const frontend = await freePort()
  server
    .withExposedPort(backend)
    .asService()
    .up({ ports: [{ frontend, backend }] })
    .catch(() => {})
  for (let tries = 0; !(await fetch(`http://127.0.0.1:${frontend}/`).catch(() => undefined)); tries++) {
    if (tries > 200) throw new Error(`nothing answers for port ${backend}`)
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  return frontend
}

/** What `cosign trusted-root create` writes, of an instance without a log of any kind. */
async function trustedRootOf(fulcio: number, timestamps: number): Promise<object> {
  const answer = await fetch(`http://127.0.0.1:${fulcio}/api/v2/trustBundle`)
  const { chains } = (await answer.json()) as { chains: { certificates: string[] }[] }
  const stamping = await (await fetch(`http://127.0.0.1:${timestamps}/api/v1/timestamp/certchain`)).text()
  const authority = (pems: string[]) => {
    const certificates = pems.map((pem) => ({ rawBytes: new X509Certificate(pem).raw.toString("base64") }))
    return {
      subject: { organization: "test" },
      certChain: { certificates },
      validFor: { start: "2020-01-01T00:00:00Z" },
    }
  }
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    certificateAuthorities: chains.map(({ certificates }) => authority(certificates)),
    timestampAuthorities: [authority(stamping.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [])],
  }
}

// https://openid.net/specs/openid-connect-discovery-1_0.html: what Fulcio reads of an issuer, and nothing more.
async function startIssuer(): Promise<{ service: Service; identityToken: (email: string) => string }> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const pages: Record<string, object> = {
    "/.well-known/openid-configuration": {
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/keys`,
      authorization_endpoint: `${ISSUER}/auth`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    },
    "/keys": { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "test", use: "sig", alg: "RS256" }] },
  }
  const server = createServer((asked, answer) => {
    const page = pages[asked.url ?? ""]
    answer.writeHead(page ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(page ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  server.unref()
  const { port: backend } = server.address() as AddressInfo
  const service = dag
    .host()
    .service([{ protocol: NetworkProtocol.Tcp, backend, frontend: 8080 }], { host: "127.0.0.1" })
  const identityToken = (email: string) => {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: ISSUER, sub: email, aud: "sigstore", email, email_verified: true, iat: now, exp: now + 600 }
    const body = [{ alg: "RS256", typ: "JWT", kid: "test" }, claims].map(base64url).join(".")
    return `${body}.${sign("sha256", Buffer.from(body), privateKey).toString("base64url")}`
  }
  return { service, identityToken }
}

function base64url(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url")
}
