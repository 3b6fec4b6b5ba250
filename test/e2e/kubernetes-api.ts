import { type KeyObject, sign } from "node:crypto"
import { request } from "node:https"
import { setTimeout as sleep } from "node:timers/promises"

export type KubernetesObject = { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } }

/** A response of the API; `body` is an object of it, or its Status. */
// biome-ignore lint/suspicious/noExplicitAny: tests read any field of any object
export type Answer = { status: number; body: any }
type Asked = { body?: object; type?: string; token?: string }
type Access = { url: string; authority: string; token: string; accountsKey: KeyObject }

/** A client of a Kubernetes API, as its administrator unless a token is passed. */
export type KubernetesApi = {
  url: string
  /** The API's certificate authority, as PEM. */
  authority: string
  ask: (method: string, path: string, asked?: Asked) => Promise<Answer>
  /** Applies objects as a GitOps tool does on the server; the API refuses unknown fields. */
  apply: (...objects: object[]) => Promise<void>
  /** The object as the API has it now. */
  read: (object: KubernetesObject) => Promise<Answer["body"]>
  /** A token of a service account, signed as the API signs them, which expires after some seconds, or did before. */
  tokenOf: (namespace: string, account: string, seconds?: number) => Promise<string>
}

export const ISSUER = "https://kubernetes.default.svc"
export const MERGE = "application/merge-patch+json"
const APPLY = "application/apply-patch+yaml"

export function kubernetesApi(access: Access): KubernetesApi {
  const { url, authority, accountsKey } = access
  const ask: KubernetesApi["ask"] = (method, path, asked) => send(access, { method, path, ...asked })
  return {
    ...{ url, authority, ask },
    apply: async (...objects) => {
      for (const object of objects) await applyOne(ask, object as KubernetesObject)
    },
    read: async (object) => (await ask("GET", await pathOf(ask, object))).body,
    tokenOf: async (namespace, account, seconds = 3600) => {
      const { body } = await ask("GET", `/api/v1/namespaces/${namespace}/serviceaccounts/${account}`)
      return accountToken(accountsKey, { namespace, account, uid: body.metadata.uid, seconds })
    },
  }
}

type Sent = Asked & { method: string; path: string }

/** Sends one request to an API over TLS, with a token. */
export function send(
  { url, authority, ...access }: Omit<Access, "accountsKey">,
  { method, path, body, ...asked }: Sent,
): Promise<Answer> {
  const { type = "application/json", token = access.token } = asked
  const headers = { authorization: `Bearer ${token}`, accept: "application/json", "content-type": type }
  const options = { method, headers, ca: authority, agent: false as const, signal: AbortSignal.timeout(20_000) }
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, options, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part
      })
      response.on("error", reject).on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: text.startsWith("{") ? JSON.parse(text) : text })
      })
    })
    sent.on("error", reject).end(body && JSON.stringify(body))
  })
}

async function applyOne(ask: KubernetesApi["ask"], object: KubernetesObject): Promise<void> {
  const path = `${await pathOf(ask, object)}?fieldManager=test&force=true&fieldValidation=Strict`
  const { status, body } = await ask("PATCH", path, { body: object, type: APPLY })
  if (status > 201) throw new Error(`${object.kind} ${object.metadata.name}: HTTP ${status}: ${body.message}`)
}

/** The path of an object, by the API's own list of kinds; a kind that was just defined is in it soon. */
async function pathOf(ask: KubernetesApi["ask"], { apiVersion, kind, metadata }: KubernetesObject): Promise<string> {
  const base = `/${apiVersion.includes("/") ? "apis" : "api"}/${apiVersion}`
  const { name, namespace = "default" } = metadata
  for (let tries = 0; tries < 100; tries++) {
    const { body } = await ask("GET", base)
    const kinds = (body.resources ?? []) as { kind: string; name: string; namespaced: boolean }[]
    const found = kinds.find((one) => one.kind === kind && !one.name.includes("/"))
    if (found) return `${base}${found.namespaced ? `/namespaces/${namespace}` : ""}/${found.name}/${name}`
    await sleep(100)
  }
  throw new Error(`expected the API to serve ${kind} in ${apiVersion}, got no such kind`)
}

type Account = { namespace: string; account: string; uid: string; seconds: number }

/** https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens */
function accountToken(key: KeyObject, { namespace, account, uid, seconds }: Account): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    ...{ iss: ISSUER, aud: [ISSUER], sub: `system:serviceaccount:${namespace}:${account}` },
    ...{ iat: now - 7200, nbf: now - 7200, exp: now + seconds },
    "kubernetes.io": { namespace, serviceaccount: { name: account, uid } },
  }
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")
  const text = `${encode({ alg: "ES256", typ: "JWT" })}.${encode(claims)}`
  const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" })
  return `${text}.${signature.toString("base64url")}`
}
