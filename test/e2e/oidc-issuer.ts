import { generateKeyPairSync, sign } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { dag, NetworkProtocol, type Service } from "@dagger.io/dagger"
import { keptOpen } from "./kept-open.ts"

export const ISSUER = "http://issuer.test:8080"
/** The same issuer for the jobs of a CI system. */
export const CI_ISSUER = `${ISSUER}/ci`

/** An issuer for people, by their address, and for the workflows of a GitHub repository. */
export type Issuer = {
  service: Service
  identityToken: (email: string) => string
  /** A token of the workflow acme/app/…@refs/heads/main, valid for some seconds. */
  workflowToken: (workflow: string, seconds: number) => string
}

// https://openid.net/specs/openid-connect-discovery-1_0.html: only what Fulcio reads
export async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const configuration = (issuer: string) => ({
    issuer,
    jwks_uri: `${ISSUER}/keys`,
    authorization_endpoint: `${ISSUER}/auth`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  })
  const pages: Record<string, object> = {
    "/.well-known/openid-configuration": configuration(ISSUER),
    "/ci/.well-known/openid-configuration": configuration(CI_ISSUER),
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
  const token = (own: object, seconds: number) => {
    const now = Math.floor(Date.now() / 1000)
    const claims = { aud: "sigstore", iat: now, exp: now + seconds, ...own }
    const body = [{ alg: "RS256", typ: "JWT", kid: "test" }, claims].map(base64url).join(".")
    return `${body}.${sign("sha256", Buffer.from(body), privateKey).toString("base64url")}`
  }
  return {
    service,
    identityToken: (email) => token({ iss: ISSUER, sub: email, email, email_verified: true }, 600),
    workflowToken: (workflow, seconds) => token({ iss: CI_ISSUER, ...workflowClaims(workflow) }, seconds),
  }
}

/** https://docs.github.com/actions/reference/security/oidc: those that Fulcio reads */
function workflowClaims(workflow: string): object {
  const [repository = "", ref = ""] = [workflow.split("/.github/")[0], workflow.split("@")[1]]
  const sha = "0a".repeat(20)
  return {
    ...{ sub: `repo:${repository}:ref:${ref}`, repository, ref, sha, event_name: "push", workflow: "ship" },
    ...{ job_workflow_ref: workflow, job_workflow_sha: sha, workflow_ref: workflow, workflow_sha: sha },
    ...{ repository_owner: "acme", repository_owner_id: "1", repository_id: "2", repository_visibility: "private" },
    ...{ run_id: "7", run_attempt: "1", runner_environment: "github-hosted" },
  }
}

function base64url(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url")
}
