import { randomUUID } from "node:crypto"
import { dag, NetworkProtocol, type Service } from "@dagger.io/dagger"
import { fakeAwsKms } from "./fake-aws-kms.ts"
import { fakeAzureVault } from "./fake-azure-vault.ts"
import { serviceAccount, startFakeGoogleKms } from "./fake-google-kms.ts"
import { startFakeVault } from "./fake-vault.ts"
import { startTlsServer } from "./tls-server.ts"

/** A fake KMS on this machine, its address for cosign, and its requests. */
export type Kms = {
  /** Its port on this machine, and its port for cosign on the registry's host. */
  port: number
  frontend: number
  /** The authority of its certificate, as PEM. */
  authority?: string
  uri: string
  credentials: Record<string, string>
  /** The secret values of the credentials. */
  secrets: string[]
  /** Credentials that the service refuses, and their secret values. */
  stranger: { credentials: Record<string, string>; secrets: string[] }
  publicKey: string
  /** The number of signatures, and of refused requests. */
  signed: () => number
  refused: () => number
}

/** `host` is the registry's: cosign reaches a service by a configured address, or by its fixed host name. */
export type KmsKind = { name: string; host: string; start: (host: string) => Promise<Kms> }

/** A registry on this machine, with the KMS on another port of the same host. */
export function besideRegistry({ port, frontend }: Kms, registryPort: number): Service {
  const tcp = (backend: number, frontend: number) => ({ protocol: NetworkProtocol.Tcp, backend, frontend })
  return dag.host().service([tcp(registryPort, 5000), tcp(port, frontend)], { host: "127.0.0.1" })
}

export const KMS_KINDS: KmsKind[] = [
  { name: "HashiCorp Vault", host: "registry.test", start: startVault },
  { name: "AWS KMS", host: "registry.test", start: startAws },
  { name: "Azure Key Vault", host: "login.microsoftonline.com", start: startAzure },
  { name: "Google Cloud KMS", host: "cloudkms.googleapis.com", start: startGoogle },
]

async function startVault(host: string): Promise<Kms> {
  const [token, unknown] = [`token-${randomUUID()}`, `unknown-${randomUUID()}`]
  const address = { VAULT_ADDR: `http://${host}:8200` }
  const { port, publicKey, calls } = await startFakeVault("release", token)
  return {
    port,
    frontend: 8200,
    uri: "hashivault://release",
    credentials: { ...address, VAULT_TOKEN: token },
    secrets: [token],
    stranger: { credentials: { ...address, VAULT_TOKEN: unknown }, secrets: [unknown] },
    publicKey,
    signed: () => calls.filter((call) => call.path.startsWith("/v1/transit/sign/") && call.token === token).length,
    refused: () => calls.filter((call) => call.token !== token).length,
  }
}

async function startAws(host: string): Promise<Kms> {
  const lend = () => ({ secretAccessKey: `secret-${randomUUID()}`, sessionToken: `session-${randomUUID()}` })
  const [keys, unknown] = [lend(), lend()]
  const accessKeyId = "ASIAIOSFODNN7EXAMPLE"
  const { publicKey, calls, answer } = fakeAwsKms("alias/release", { accessKeyId, ...keys })
  const { port, authority } = await startTlsServer(host, answer)
  const variables = ({ secretAccessKey, sessionToken }: typeof keys) => ({
    ...{ AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: accessKeyId },
    ...{ AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken },
  })
  return {
    port,
    frontend: 8443,
    authority,
    uri: `awskms://${host}:8443/alias/release`,
    credentials: variables(keys),
    secrets: Object.values(keys),
    stranger: { credentials: variables(unknown), secrets: Object.values(unknown) },
    publicKey,
    signed: () => calls.filter(({ action, genuine }) => action === "Sign" && genuine).length,
    refused: () => calls.filter(({ genuine }) => !genuine).length,
  }
}

async function startAzure(host: string): Promise<Kms> {
  const app = { tenant: randomUUID(), client: randomUUID(), secret: `secret-${randomUUID()}` }
  const names = { AZURE_TENANT_ID: app.tenant, AZURE_CLIENT_ID: app.client }
  const unknown = `unknown-${randomUUID()}`
  const { publicKey, calls, answer } = fakeAzureVault(host, "release", app)
  const { port, authority } = await startTlsServer(host, answer)
  return {
    port,
    frontend: 443,
    authority,
    uri: `azurekms://${host}/release`,
    credentials: { ...names, AZURE_CLIENT_SECRET: app.secret },
    secrets: [app.secret],
    stranger: { credentials: { ...names, AZURE_CLIENT_SECRET: unknown }, secrets: [unknown] },
    publicKey,
    signed: () => calls.filter(({ path, genuine }) => path.endsWith("/sign") && genuine).length,
    refused: () => calls.filter(({ genuine }) => !genuine).length,
  }
}

async function startGoogle(host: string): Promise<Kms> {
  const key = "projects/p/locations/global/keyRings/r/cryptoKeys/release"
  const [account, unknown] = [serviceAccount(), serviceAccount()]
  const { port, authority, publicKey, calls } = await startFakeGoogleKms(host, key, account)
  return {
    port,
    frontend: 443,
    authority,
    uri: `gcpkms://${key}`,
    credentials: { GOOGLE_APPLICATION_CREDENTIALS: account.file },
    secrets: [account.privateKey],
    stranger: { credentials: { GOOGLE_APPLICATION_CREDENTIALS: unknown.file }, secrets: [unknown.privateKey] },
    publicKey,
    signed: () => calls.filter(({ method, genuine }) => method === "AsymmetricSign" && genuine).length,
    refused: () => calls.filter(({ genuine }) => !genuine).length,
  }
}
