import { generateKeyPairSync } from "node:crypto"
import type { RequestListener } from "node:http"
import { holds, joseOf, signDigest } from "./ec-digest.ts"
import { readBody } from "./tls-server.ts"

/** An app of Entra ID, by its three variables. */
export type AzureApp = { tenant: string; client: string; secret: string }
/** A request, and whether it has the token for the app's secret. */
export type AzureCall = { path: string; genuine: boolean }
export type FakeAzureVault = { publicKey: string; calls: AzureCall[]; answer: RequestListener }

const TOKEN = "token-of-entra"
const bytes = (text: string) => Buffer.from(text, "base64url")

/**
 * Entra ID and a Key Vault with one EC key, for the requests of cosign: https://learn.microsoft.com/rest/api/keyvault/keys.
 * (For an RSA key, cosign 3.1.3 writes the signature in an EC key's format, which only the vault verifies.)
 * The address of the client's login is fixed, so both services have one host, and the vault's domain is the host.
 */
export function fakeAzureVault(host: string, name: string, app: AzureApp): FakeAzureVault {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString()
  const calls: AzureCall[] = []
  const base = `https://${host}/${app.tenant}`
  const challenge = `Bearer authorization="${base}", resource="https://${host.slice(host.indexOf(".") + 1)}"`
  const discovery = {
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    tenant_discovery_endpoint: `${base}/v2.0/.well-known/openid-configuration`,
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  }
  const key = { ...pair.publicKey.export({ format: "jwk" }), kid: `https://${host}/keys/${name}/1` }
  const operations: Record<string, (input: { value: string; digest: string }) => object> = {
    "": () => ({ key, attributes: { enabled: true } }),
    sign: ({ value }) => ({ kid: key.kid, value: joseOf(signDigest(bytes(value), privateKey)).toString("base64url") }),
    verify: ({ digest, value }) => ({ value: holds(bytes(digest), bytes(value), publicKey) }),
  }
  const answer: RequestListener = async (asked, said) => {
    const path = (asked.url ?? "").replace(/\?.*/, "")
    const body = await readBody(asked)
    const json = (status: number, value: object) =>
      said.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value))
    if (path.endsWith("/openid-configuration") || path.endsWith("/instance")) return void json(200, discovery)
    if (path.endsWith("/token")) {
      const form = new URLSearchParams(body)
      const genuine = form.get("client_id") === app.client && form.get("client_secret") === app.secret
      calls.push({ path, genuine })
      const token = { token_type: "Bearer", expires_in: 3600, access_token: TOKEN }
      // repeats the request, so that the test finds a secret that a tool prints
      const refusal = { error: "invalid_client", error_description: `AADSTS7000215: ${form.get("client_secret")}` }
      return void json(genuine ? 200 : 401, genuine ? token : refusal)
    }
    if (!asked.headers.authorization) return void said.writeHead(401, { "www-authenticate": challenge }).end()
    const genuine = asked.headers.authorization === `Bearer ${TOKEN}`
    calls.push({ path, genuine })
    const [, operation = ""] = path.match(new RegExp(`^/keys/${name}/(?:[^/]*/)?(sign|verify)?$`)) ?? []
    const output =
      genuine && path.startsWith(`/keys/${name}`) ? operations[operation]?.(JSON.parse(body || "{}")) : undefined
    return void json(output ? 200 : 403, output ?? { error: { code: "Forbidden", message: "no" } })
  }
  return { publicKey, calls, answer }
}
