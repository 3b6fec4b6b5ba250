import { stringify } from "yaml"
import { parseObjectName } from "../config/argument.ts"
import { quote, SlipwayError } from "../error.ts"
import type { Repository } from "../oci/reference.ts"
import { configKey } from "../oci/registry-access.ts"

/** The Secret that the pods pull by, as its manifest and those that refer to it name it. */
export type PullObject = { name: string; namespace?: string }

const PULL_TYPE = "kubernetes.io/dockerconfigjson"
const PULL_KEY = ".dockerconfigjson"

export function parsePullObject({ name, namespace }: PullObject): PullObject {
  return {
    name: parseObjectName(name, "the Secret's name"),
    ...(namespace !== undefined && { namespace: parseObjectName(namespace, "the namespace") }),
  }
}

/** The manifest of the Secret itself. Base64 hides nothing, so this text is as secret as the login in it. */
export function secretManifest({ name, namespace }: PullObject, dockerConfig: string): string {
  return stringify(
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, ...(namespace && { namespace }) },
      type: PULL_TYPE,
      data: { [PULL_KEY]: Buffer.from(dockerConfig).toString("base64") },
    },
    { lineWidth: 0 },
  )
}

/** A ServiceAccount whose pods pull by the Secret, without naming it each. */
export function serviceAccount({ name, namespace }: PullObject, account: string): object {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: account, ...(namespace && { namespace }) },
    imagePullSecrets: [{ name }],
  }
}

/** Where a store keeps the login: a docker config.json as a whole, or user and password as two properties of one key. */
export type RemoteLogin = {
  store: { kind: "SecretStore" | "ClusterSecretStore"; name: string }
  key: string
  properties?: { username: string; password: string }
}
export type RemoteInput = {
  secretStore?: string
  remoteKey?: string
  usernameProperty?: string
  passwordProperty?: string
}

/** Nothing if no store is named. */
export function parseRemoteLogin(input: RemoteInput): RemoteLogin | undefined {
  const { secretStore, remoteKey: key, usernameProperty: username, passwordProperty: password } = input
  if (!secretStore && !key && !username && !password) return undefined
  const [, kind, name] = (secretStore ?? "").match(/^((?:Cluster)?SecretStore)\/([a-z0-9][-a-z0-9.]*)$/) ?? []
  if (!kind || !name || !key) throw halfStore(input)
  if (Boolean(username) !== Boolean(password)) throw halfStore(input)
  const store = { kind: kind as RemoteLogin["store"]["kind"], name }
  return { store, key, ...(username && password && { properties: { username, password } }) }
}

/** External Secrets Operator makes the Secret of what the store has: https://external-secrets.io/latest/api/externalsecret */
export function externalSecret({ name, namespace }: PullObject, repository: Repository, remote: RemoteLogin): object {
  const { store, key, properties } = remote
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name, ...(namespace && { namespace }) },
    spec: {
      refreshInterval: "1h0m0s",
      secretStoreRef: store,
      target: {
        name,
        creationPolicy: "Owner",
        template: {
          type: PULL_TYPE,
          engineVersion: "v2",
          data: { [PULL_KEY]: properties ? configOf(repository) : "{{ .config }}" },
        },
      },
      data: properties
        ? Object.entries(properties).map(([secretKey, property]) => ({ secretKey, remoteRef: { key, property } }))
        : [{ secretKey: "config", remoteRef: { key } }],
    },
  }
}

/** For this host alone; toJson since a password may hold a quote. */
function configOf(repository: Repository): string {
  const auth = '{{ printf "%s:%s" .username .password | b64enc | toJson }}'
  return `{"auths":{${JSON.stringify(configKey(repository))}:{"auth":${auth}}}}`
}

function halfStore({ secretStore, remoteKey, usernameProperty, passwordProperty }: RemoteInput): SlipwayError {
  const given = { secretStore, remoteKey, usernameProperty, passwordProperty }
  return new SlipwayError("OPTIONS_INVALID", {
    expected:
      "a secretStore as SecretStore/NAME or ClusterSecretStore/NAME, its remoteKey, and both properties or none",
    got: Object.entries(given)
      .flatMap(([name, value]) => (value ? [`${name} ${quote(value)}`] : []))
      .join(", "),
    fix: "kubectl get clustersecretstores,secretstores lists the stores; leave all of them out for no ExternalSecret.",
  })
}
