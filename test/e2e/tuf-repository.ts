import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { dag, NetworkProtocol, type Service } from "@dagger.io/dagger"
import { keptOpen } from "./kept-open.ts"

/** A TUF repository like Sigstore's, with one trusted root. `root` is the client's initial root; `url` is for this machine. */
export type TufRepository = { service: Service; port: number; root: string; url: string }

type Signer = { keyId: string; key: object; privateKey: KeyObject }
const EXPIRES = new Date(Date.now() + 30 * 86_400_000).toISOString().replace(/\.\d+Z$/, "Z")

/** Serves it from this process; call it within a session. */
export async function startTufRepository(trustedRoot: string): Promise<TufRepository> {
  const files = repositoryFiles(trustedRoot)
  const server = keptOpen(
    createServer((asked, answer) => {
      const content = files[asked.url ?? ""]
      answer.writeHead(content === undefined ? 404 : 200).end(content)
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  server.unref()
  const { port: backend } = server.address() as AddressInfo
  const ports = [{ protocol: NetworkProtocol.Tcp, backend, frontend: 8080 }]
  const service = dag.host().service(ports, { host: "127.0.0.1" })
  return { service, port: 8080, root: files["/1.root.json"] ?? "", url: `http://127.0.0.1:${backend}` }
}

// https://theupdateframework.github.io/specification/latest/#document-formats
function repositoryFiles(trustedRoot: string): Record<string, string> {
  const signers = { root: newSigner(), targets: newSigner(), snapshot: newSigner(), timestamp: newSigner() }
  const entries = Object.entries(signers)
  const root = metadata(signers.root, {
    _type: "root",
    consistent_snapshot: false,
    keys: Object.fromEntries(entries.map(([, { keyId, key }]) => [keyId, key])),
    roles: Object.fromEntries(entries.map(([role, { keyId }]) => [role, { keyids: [keyId], threshold: 1 }])),
  })
  const targets = metadata(signers.targets, {
    _type: "targets",
    targets: { "trusted_root.json": { hashes: hashes(trustedRoot), length: Buffer.byteLength(trustedRoot) } },
  })
  const snapshot = metadata(signers.snapshot, { _type: "snapshot", meta: { "targets.json": described(targets) } })
  const timestamp = metadata(signers.timestamp, { _type: "timestamp", meta: { "snapshot.json": described(snapshot) } })
  return {
    "/root.json": root,
    "/1.root.json": root,
    "/targets.json": targets,
    "/snapshot.json": snapshot,
    "/timestamp.json": timestamp,
    "/targets/trusted_root.json": trustedRoot,
  }
}

function newSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519")
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32)
  const key = { keytype: "ed25519", keyval: { public: raw.toString("hex") }, scheme: "ed25519" }
  return { keyId: createHash("sha256").update(canonical(key)).digest("hex"), key, privateKey }
}

function metadata({ keyId, privateKey }: Signer, content: object): string {
  const signed = { ...content, expires: EXPIRES, spec_version: "1.0.31", version: 1 }
  const sig = sign(null, Buffer.from(canonical(signed)), privateKey).toString("hex")
  return JSON.stringify({ signatures: [{ keyid: keyId, sig }], signed })
}

const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest("hex")
const hashes = (text: string) => ({ sha256: hash("sha256", text), sha512: hash("sha512", text) })
const described = (text: string) => ({ hashes: hashes(text), length: Buffer.byteLength(text), version: 1 })

/** http://wiki.laptop.org/go/Canonical_JSON: sorted keys; these texts need no escapes. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(",")}}`
}
