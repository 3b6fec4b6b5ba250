import { randomUUID } from "node:crypto"
import { type Container, type Directory, dag, type Service } from "@dagger.io/dagger"
import { type Digest, digestOf } from "../../src/oci/digest.ts"
import { type DigestRef, parseDigestRef } from "../../src/oci/digest-ref.ts"
import { IMAGE_INDEX, IMAGE_MANIFEST } from "../../src/oci/image-index.ts"

/** The smallest image of several platforms that a registry takes; `label` makes it another one. */
export type TinyImage = { digest: Digest; platforms: { platform: string; digest: Digest }[]; layout: Directory }

export function tinyImage(label: string, architectures = ["amd64", "arm64"]): TinyImage {
  const blobs: string[] = []
  const add = (content: unknown) => {
    const text = JSON.stringify(content)
    blobs.push(text)
    return { digest: digestOf(text), size: Buffer.byteLength(text) }
  }
  const manifests = architectures.map((architecture) => {
    const rootfs = { type: "layers", diff_ids: [] }
    const config = {
      mediaType: "application/vnd.oci.image.config.v1+json",
      ...add({ architecture, os: "linux", config: { Labels: { label } }, rootfs }),
    }
    const manifest = add({ schemaVersion: 2, mediaType: IMAGE_MANIFEST, config, layers: [] })
    return { mediaType: IMAGE_MANIFEST, ...manifest, platform: { os: "linux", architecture } }
  })
  const index = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests })
  const layout = blobs.reduce(
    (directory, text) => directory.withNewFile(`blobs/sha256/${digestOf(text).slice("sha256:".length)}`, text),
    dag.directory().withNewFile("oci-layout", '{"imageLayoutVersion":"1.0.0"}').withNewFile("index.json", index),
  )
  return {
    digest: digestOf(index),
    platforms: manifests.map(({ platform, digest }) => ({
      platform: `${platform.os}/${platform.architecture}`,
      digest,
    })),
    layout,
  }
}

export type TestRegistry = {
  host: string
  service: Service
  crane: (...args: string[]) => Container
  /** Every tag of a repository, with the number of manifests below it. */
  tags: (repository: string) => Promise<Record<string, number>>
  copyReferrers: (from: DigestRef, to: DigestRef) => Promise<void>
}

const CONFIG = `version: 0.1
storage: { filesystem: { rootdirectory: /var/lib/registry }, delete: { enabled: true } }
http: { addr: ":5000" }
`

/** A registry without the referrers API (distribution), empty and for one test file. */
export function distribution(registryImage: string): Service {
  return dag
    .container()
    .from(registryImage)
    .withNewFile("/slipway/registry.yml", CONFIG)
    .withMountedCache("/var/lib/registry", dag.cacheVolume(`slipway-test-${randomUUID()}`))
    .withExposedPort(5000)
    .asService({ args: ["/bin/registry", "serve", "/slipway/registry.yml"] })
}

/** A registry with the referrers API, in memory. */
export function referrersRegistry(): Service {
  return dag
    .container()
    .from("docker.io/slipway-test/referrers-registry:1")
    .withEnvVariable("SLIPWAY_TEST", randomUUID())
    .withExposedPort(5000)
    .asService({ useEntrypoint: true })
}

/** crane beside a registry of its own, each call really made. */
export function testRegistry({
  host,
  service,
  craneImage,
}: {
  host: string
  service: Service
  craneImage: string
}): TestRegistry {
  const [alias = host] = host.split(":")
  const crane = (...args: string[]) =>
    dag
      .container()
      .from(craneImage)
      .withServiceBinding(alias, service)
      .withEnvVariable("SLIPWAY_TEST", `${Date.now()}-${Math.random()}`)
      .withExec(["/ko-app/crane", "--insecure", ...args])
  const tags = async (repository: string) => {
    const names = (await crane("ls", `${host}/${repository}`).stdout()).split("\n").filter(Boolean)
    const counts = names.map(async (name): Promise<[string, number]> => {
      const manifest = JSON.parse(await crane("manifest", `${host}/${repository}:${name}`).stdout())
      return [name, manifest.manifests.length]
    })
    return Object.fromEntries(await Promise.all(counts))
  }
  const copyReferrers = async (from: DigestRef, to: DigestRef) => {
    const fallback = (ref: DigestRef) => ref.replace("@sha256:", ":sha256-")
    await crane("copy", fallback(from), fallback(to)).sync()
  }
  return { host, service, crane, tags, copyReferrers }
}

/** Pushes without a tag, as publish does. */
export async function pushTiny(registry: TestRegistry, name: string, image: TinyImage): Promise<DigestRef> {
  const ref = parseDigestRef(`${registry.host}/${name}@${image.digest}`)
  const [alias = registry.host] = registry.host.split(":")
  await registry
    .crane("version")
    .withServiceBinding(alias, registry.service)
    .withDirectory("/layout", image.layout, { owner: "65532" })
    .withExec(["/ko-app/crane", "push", "--insecure", "--index", "/layout", ref])
    .sync()
  return ref
}
