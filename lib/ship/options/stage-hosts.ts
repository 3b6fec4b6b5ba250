import type { Scanner } from "../../../src/enums.ts"
import { parseGitRemote } from "../../gitops/git/remote.ts"
import type { SigningKey } from "../../sign/signer.ts"
import type { ShipOptions } from "../context.ts"
import { imageHost, type StageHosts } from "../record/audit-record.ts"

/**
 * The hosts that arguments and settings name for each stage. What is known later, such as the base images, is added to the
 * record; what a test, a build or a tool connects to by itself is not known.
 */
export function stageHosts(options: Omit<ShipOptions, "audit">): StageHosts {
  const { destination, delivery, tests, scan, sync, deployments } = options
  const test = tests === "skip" ? [] : [tests.image, ...servicesOf(tests.services)].map(imageHost)
  const before = { test: test.flatMap(known), scan: databaseHosts(scan) }
  if (destination.kind === "rehearsal" || !delivery) return before
  const registry = [destination.repository.host]
  const signer = signerHosts(delivery.key)
  const git = destination.bump ? gitHosts(destination.bump.repo, delivery.proposal.endpoint) : []
  const cluster = [sync?.api.server, sync?.api.argocdServer].flatMap((address) => known(urlHost(address)))
  return {
    ...before,
    resume: [...registry, ...signer],
    open: [...registry, ...signer, ...git],
    compare: registry,
    deployed: registry,
    publish: registry,
    sign: [...registry, ...signer],
    attest: [...registry, ...signer],
    verify: registry,
    tag: registry,
    gitops: git,
    sync: sync ? [...(cluster.length ? cluster : ["the server in --kubeconfig"]), ...git] : [],
    replicate: [...registry, ...delivery.replicas.map(({ repository }) => repository.host)],
    deployment: deployments ? known(urlHost(deployments.access.place.endpoint)) : [],
    record: [...registry, ...signer],
  }
}

/** Where each scanner downloads its database by default. */
const DATABASES: Record<Scanner, string[]> = {
  TRIVY: ["mirror.gcr.io", "ghcr.io"],
  GRYPE: ["grype.anchore.io"],
}

function databaseHosts({ scanner, databases, dbRepositories }: ShipOptions["scan"]): string[] {
  if (databases[scanner]) return []
  return dbRepositories.length ? dbRepositories.map(imageHost).flatMap(known) : DATABASES[scanner]
}

/** The images in "NAME=IMAGE option=…". */
function servicesOf(services: string[] = []): string[] {
  return services.flatMap((service) => service.match(/^[^=\s]+=(\S+)/)?.[1] ?? [])
}

/** A KMS that is addressed by its cloud alone has no host in its address. */
function signerHosts(key: SigningKey): string[] {
  switch (key.kind) {
    case "keyPair":
      return []
    case "kms":
      return [new URL(key.uri).host || new URL(key.uri).protocol.replace(/:$/, "")]
    case "keyless": {
      const { fulcioUrl, rekorUrl, timestampUrl, signingConfig } = key.services
      if (signingConfig) return ["those in --signing-config"]
      const own = [fulcioUrl, rekorUrl, timestampUrl].flatMap((address) => known(urlHost(address)))
      return own.length ? own : ["fulcio.sigstore.dev", "rekor.sigstore.dev"]
    }
  }
}

function gitHosts(repo: string, endpoint?: string): string[] {
  return [parseGitRemote(repo).host, ...known(urlHost(endpoint))].filter((host) => host !== "")
}

function urlHost(address?: string): string | undefined {
  return address && URL.canParse(address) ? new URL(address).host : undefined
}

function known(host?: string): string[] {
  return host ? [host] : []
}
