import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag, type File, type Service } from "@dagger.io/dagger"
import { REGISTRY_IMAGE } from "../../src/config/tools.ts"
import { toolImage } from "./slipway.ts"

const CONFIG = `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: /slipway-registry } }
http: { addr: ":5000", tls: { certificate: /tls.crt, key: /tls.key } }
`

/** A registry that speaks TLS with a certificate that no public authority knows; call it within a session. */
export async function startTlsRegistry(host: string): Promise<{ service: Service; authority: File }> {
  const { certificate, key } = selfSigned(host)
  const service = dag
    .container()
    .from(toolImage("REGISTRYIMAGE") ?? REGISTRY_IMAGE)
    .withNewFile("/tls.crt", certificate)
    .withNewFile("/tls.key", key)
    .withNewFile("/config.yml", CONFIG)
    .withExposedPort(5000)
    .asService({ args: ["/bin/registry", "serve", "/config.yml"] })
  await service.start()
  return { service, authority: dag.file("ca.crt", certificate) }
}

/** A certificate for one host that is its own authority, for a day. */
function selfSigned(host: string): { certificate: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), "slipway-tls-"))
  const [certificate, key] = [join(folder, "crt"), join(folder, "key")]
  const subject = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`, "-days", "1"]
  const kind = ["-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
  try {
    execFileSync("openssl", ["req", ...kind, ...subject, "-out", certificate, "-keyout", key], { stdio: "pipe" })
    return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
