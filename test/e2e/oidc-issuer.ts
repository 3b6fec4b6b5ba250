import { generateKeyPairSync, sign } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { dag, NetworkProtocol, type Service } from "@dagger.io/dagger"
import { keptOpen } from "./kept-open.ts"

export const ISSUER = "http://issuer.test:8080"

// https://openid.net/specs/openid-connect-discovery-1_0.html: only what Fulcio reads
export async function startIssuer(): Promise<{ service: Service; identityToken: (email: string) => string }> {
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
  const server = keptOpen(
    createServer((asked, answer) => {
      const page = pages[asked.url ?? ""]
      answer.writeHead(page ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(page ?? {}))
    }),
  )
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
