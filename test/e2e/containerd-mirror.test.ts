import { readFileSync } from "node:fs"
import { type Container, dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { CRANE_IMAGE } from "../../src/tool-images.ts"
import { startRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { type TinyImage, tinyImage } from "./sign-tiny-image.ts"
import { slipway, toolImage } from "./slipway.ts"
import { tinyLayout } from "./tiny-layout.ts"
import { startTlsRegistry } from "./tls-registry.ts"

useEngine()

const FETCH = readFileSync(new URL("containerd-fetch.sh", import.meta.url), "utf8")
const ADDRESS = "origin.test:5000/team/hello"
const MIRRORS = {
  plain: "http://mirror.test:5000",
  private: "https://private.test:5000",
  down: "http://down.test:5000",
}

/** An image of the release, one that only the mirrors have, and one that a mirror's owner puts behind the release's tag. */
const released = tinyImage("released")
const mirrored = tinyImage("mirrored")

let node: Container
beforeAll(async () => {
  const [origin, mirror, behind] = await Promise.all([
    startTlsRegistry("origin.test"),
    startRegistry(),
    startTlsRegistry("private.test"),
  ])
  const hosts = { "origin.test": origin.service, "mirror.test": mirror.service, "private.test": behind.service }
  const authorities = await Promise.all([origin.authority.contents(), behind.authority.contents()])
  const reaches = (container: Container): Container =>
    Object.entries(hosts).reduce((all, [name, service]) => all.withServiceBinding(name, service), container)
  const push = async (image: TinyImage, tagged: string) =>
    await reaches(dag.container().from(toolImage("CRANEIMAGE") ?? CRANE_IMAGE))
      .withMountedDirectory("/layout", tinyLayout(image))
      .withExec(["/ko-app/crane", "push", "--insecure", "--index", "/layout", tagged])
      .sync()
  await Promise.all([
    push(released, `${ADDRESS}:v1`),
    push(mirrored, "mirror.test:5000/team/hello:v1"),
    push(mirrored, "private.test:5000/team/hello:v1"),
  ])
  node = reaches(dag.container().from("docker.io/slipway-test/containerd:1"))
    .withNewFile("/authorities.pem", authorities.join("\n"))
    .withEnvVariable("SSL_CERT_FILE", "/authorities.pem")
})

/** The lines of output: the digests that a node has after it fetched the reference with these mirrors, or containerd's error. */
async function fetched(reference: string, mirrors: string[], { trust = true } = {}): Promise<string[]> {
  const files = await slipway().cluster.pullManifests(
    ...([ADDRESS, undefined, undefined, undefined, undefined, undefined, undefined, undefined, mirrors] as const),
  )
  const output = await node
    .withDirectory("/etc/containerd", files.directory("nodes"))
    .with((same) => (trust ? same : same.withEnvVariable("SSL_CERT_FILE", "/dev/null")))
    .withExec(["bash", "-c", FETCH, "containerd-fetch.sh", reference])
    .stdout()
  return output.trim().split("\n")
}

describe("a node's containerd, with the hosts.toml of pull-manifests,", () => {
  test.each([
    { name: "gets a digest that only the mirror has from there", image: mirrored, mirrors: [MIRRORS.plain] },
    { name: "gets a digest from a mirror with a private authority", image: mirrored, mirrors: [MIRRORS.private] },
    { name: "gets a digest that the mirror lacks from the registry", image: released, mirrors: [MIRRORS.plain] },
    { name: "gets a digest from the registry while a mirror is down", image: released, mirrors: [MIRRORS.down] },
    {
      name: "gets a digest from the second mirror while the first is down",
      image: mirrored,
      mirrors: [MIRRORS.down, MIRRORS.plain],
    },
  ])("$name", async ({ image, mirrors }) => {
    expect(await fetched(`${ADDRESS}@${image.digest}`, mirrors)).toContain(image.digest)
  })

  test("asks the registry, and never a mirror, which digest a tag has", async () => {
    const digests = await fetched(`${ADDRESS}:v1`, [MIRRORS.plain])
    expect(digests).toContain(released.digest)
    expect(digests).not.toContain(mirrored.digest)
  })

  test("gets nothing by a tag while the registry cannot be trusted, although the mirror has that tag", async () => {
    expect(await fetched(`${ADDRESS}:v1`, [MIRRORS.plain], { trust: false })).toEqual([
      expect.stringMatching(/^ctr: .*certificate/),
    ])
  })
})
