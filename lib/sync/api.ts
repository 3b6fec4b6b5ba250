/** Where objects are read, and as whom. */
export type Api = {
  kind: "kubernetes" | "argocd"
  /** https://host[:port][/path], and so at every place where a cluster's API stands behind a proxy such as Rancher's. */
  server: string
  identity: Identity
  /** The authority that vouches for the server, PEM; without it those that the system knows. */
  authority?: string
  /** The name in the server's certificate, where it is not the address's own. */
  serverName?: string
}

export type Identity = { kind: "token"; token: string } | { kind: "certificate"; certificate: string; key: string }
