import { dag, type File, type Service } from "@dagger.io/dagger"
import { REGISTRY_IMAGE } from "../../src/tool-images.ts"
import { selfSigned } from "./certificate.ts"
import { toolImage } from "./slipway.ts"

const CONFIG = `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: /slipway-registry } }
http: { addr: ":5000", tls: { certificate: /tls.crt, key: /tls.key } }
`

/** A registry with TLS and a certificate of a private authority; call it within a session. */
export async function startTlsRegistry(host: string): Promise<{ service: Service; authority: File }> {
  const { certificate, key } = selfSigned(`DNS:${host}`)
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
