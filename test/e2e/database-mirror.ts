import { execFileSync } from "node:child_process"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { dag, NetworkProtocol, type Service } from "@dagger.io/dagger"
import { digestOf } from "../../lib/oci/reference.ts"
import { keptOpen } from "./kept-open.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

/** A registry with only Trivy's database, as `mirror/trivy-db:2`. `asked` lists the requested manifests. */
export type DatabaseMirror = { host: string; asked: string[]; stop: () => void }

const MANIFEST = "application/vnd.oci.image.manifest.v1+json"
const LAYER = "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip"

/** Served by this process; `host` is its address for the engine's containers, which clients use with plain HTTP. */
export async function startDatabaseMirror(): Promise<DatabaseMirror> {
  const blobs = databaseArtifact()
  const asked: string[] = []
  const server = keptOpen(
    createServer(({ url = "" }, answer) => {
      const [, name = "", kind, reference = ""] = url.match(/^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/) ?? []
      if (kind === "manifests") asked.push(name)
      const blob = name === "mirror/trivy-db" ? blobs.get(reference) : undefined
      if (blob)
        answer.writeHead(200, { "content-type": blob.mediaType, "content-length": blob.bytes.length }).end(blob.bytes)
      else answer.writeHead(url === "/v2/" ? 200 : 404).end()
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const ports = [{ protocol: NetworkProtocol.Tcp, backend: port, frontend: 5000 }]
  const service = await dag.host().service(ports, { host: "127.0.0.1" }).start()
  return { host: `${await addressOf(service)}:5000`, asked, stop: () => void server.close() }
}

async function addressOf(service: Service): Promise<string> {
  const client = dag.container().from("debian:bookworm-slim").withServiceBinding("mirror", service)
  const line = await client.withExec(["getent", "ahostsv4", "mirror"]).stdout()
  return line.split(/\s/)[0] ?? ""
}

/** https://trivy.dev/docs/latest/configuration/db/: one layer with the database as a tar. */
function databaseArtifact(): Map<string, { mediaType: string; bytes: Buffer }> {
  const tar = execFileSync("tar", ["-cz", "-C", join(vulnerabilityDbFolder(), "db"), "trivy.db", "metadata.json"])
  const config = Buffer.from("{}")
  const descriptor = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length })
  const annotations = { "org.opencontainers.image.title": "db.tar.gz" }
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: descriptor("application/vnd.oci.empty.v1+json", config),
      layers: [{ ...descriptor(LAYER, tar), annotations }],
    }),
  )
  const whole = { mediaType: MANIFEST, bytes: manifest }
  return new Map<string, { mediaType: string; bytes: Buffer }>([
    ["2", whole],
    [digestOf(manifest), whole],
    [digestOf(tar), { mediaType: LAYER, bytes: tar }],
    [digestOf(config), { mediaType: "application/json", bytes: config }],
  ])
}
