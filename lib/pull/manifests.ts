import { stringify } from "yaml"
import { parseObjectName } from "../config/argument.ts"
import { quote, SlipwayError } from "../error.ts"
import type { Repository } from "../oci/reference.ts"
import { configKey } from "../oci/registry-access.ts"

/** Name and namespace of the image pull Secret. */
export type PullObject = { name: string; namespace?: string }

const PULL_TYPE = "kubernetes.io/dockerconfigjson"
const PULL_KEY = ".dockerconfigjson"

export function parsePullObject({ name, namespace }: PullObject): PullObject {
  return {
    name: parseObjectName(name, "the Secret's name"),
    ...(namespace !== undefined && { namespace: parseObjectName(namespace, "the namespace") }),
  }
}

/** Renders the Secret. Base64 hides nothing, so the text is as secret as the login in it. */
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

/** A ServiceAccount that adds the Secret to its pods. */
export function serviceAccount({ name, namespace }: PullObject, account: string): object {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: account, ...(namespace && { namespace }) },
    imagePullSecrets: [{ name }],
  }
}

/** The login in a store: a whole docker config.json, or user and password as two properties of one key. */
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

/** Returns nothing without a store. */
export function parseRemoteLogin(input: RemoteInput): RemoteLogin | undefined {
  const { secretStore, remoteKey: key, usernameProperty: username, passwordProperty: password } = input
  if (!secretStore && !key && !username && !password) return undefined
  const [, kind, name] = (secretStore ?? "").match(/^((?:Cluster)?SecretStore)\/([a-z0-9][-a-z0-9.]*)$/) ?? []
  if (!kind || !name || !key) throw halfStore(input)
  if (Boolean(username) !== Boolean(password)) throw halfStore(input)
  const store = { kind: kind as RemoteLogin["store"]["kind"], name }
  return { store, key, ...(username && password && { properties: { username, password } }) }
}

/** External Secrets Operator creates the Secret from the store: https://external-secrets.io/latest/api/externalsecret */
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

/** A template for this host only; toJson escapes a password's quotes. */
function configOf(repository: Repository): string {
  const auth = '{{ printf "%s:%s" .username .password | b64enc | toJson }}'
  return `{"auths":{${JSON.stringify(configKey(repository))}:{"auth":${auth}}}}`
}

function halfStore({ secretStore, remoteKey, usernameProperty, passwordProperty }: RemoteInput): SlipwayError {
  const given = {
    "--secret-store": secretStore,
    "--remote-key": remoteKey,
    "--username-property": usernameProperty,
    "--password-property": passwordProperty,
  }
  return new SlipwayError("OPTIONS_INVALID", {
    expected:
      "--secret-store as SecretStore/NAME or ClusterSecretStore/NAME, with --remote-key and both --username-property and --password-property, or neither",
    got: Object.entries(given)
      .flatMap(([flag, value]) => (value ? [`${flag} ${quote(value)}`] : []))
      .join(", "),
    fix: "Correct these flags, or omit all of them for no ExternalSecret. `kubectl get clustersecretstores,secretstores` lists the stores.",
  })
}
