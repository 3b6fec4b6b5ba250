import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag, type Secret } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { PASSWORD, startProtectedRegistry } from "./protected-registry.ts"
import { REGISTRY_HERE } from "./registry.ts"
import { inSession } from "./session.ts"
import { slipway } from "./slipway.ts"

/** Has a shell, for images that run. */
const FROM = "debian:bookworm-slim"

/** A docker config.json with a login for several hosts, as a secret with the engine's name for it. */
function loginFor(password: string, ...hosts: string[]): Secret {
  const auth = Buffer.from(`robot:${password}`).toString("base64")
  const auths = Object.fromEntries(hosts.map((host) => [host, { auth }]))
  return dag.setSecret(`config-${Math.random()}`, JSON.stringify({ auths }))
}

// The engine pulls from the registry itself, so the registry must run on this machine.
describe.skipIf(!REGISTRY_HERE)("images from private registries", () => {
  let hosts: [string, string]
  let source: string
  beforeAll(async () => {
    const [base, tested] = await inSession(async () => {
      const registries = await Promise.all([startProtectedRegistry(), startProtectedRegistry()])
      return registries.map(({ port }) => `127.0.0.1:${port}`)
    })
    hosts = [base ?? "", tested ?? ""]
    await inSession(async () => {
      const push = async (host: string) => {
        const image = dag.container().from(FROM).withNewFile("/which", host)
        await image.withRegistryAuth(host, "robot", dag.setSecret("password", PASSWORD)).publish(`${host}/base:1`)
      }
      await Promise.all(hosts.map(push))
    })
    source = mkdtempSync(join(tmpdir(), "slipway-private-"))
    const [first, second] = hosts
    writeFileSync(
      join(source, "Dockerfile"),
      `FROM ${first}/base:1\nRUN sleep 3 && cat /which > /built\nCOPY --from=${second}/base:1 /which /copied\n`,
    )
  })

  /** Builds in a session of its own, as a command does. */
  async function build(config?: () => Secret): Promise<{ seconds: number; failure: string }> {
    return await inSession(async () => {
      const start = Date.now()
      const module = slipway(config ? { registryConfig: config() } : {})
      const failure = await module.buildMultiArch(dag.host().directory(source), ["linux/amd64"]).then(
        async (layout) => void (await layout.sync()),
        (error: Error) => error.message,
      )
      return { seconds: (Date.now() - start) / 1000, failure: failure ?? "" }
    })
  }

  test.each([
    { name: "without a login", config: undefined },
    { name: "with a wrong login", config: () => loginFor("wrong", ...hosts) },
    { name: "with a login for one of the two", config: () => loginFor(PASSWORD, hosts[0]) },
  ])("are refused $name, with the host and what to pass", async ({ config }) => {
    const { failure } = await build(config)
    expect(failure).toMatch(
      /^OPTIONS_INVALID: expected an image to begin from \(Dockerfile line [13]\) that can be pulled/,
    )
    expect(failure).toMatch(/pass a login for 127\.0\.0\.1:[0-9]+ that may pull it: --registry-config/)
    expect(failure).not.toContain("wrong")
  })

  test("are bases of a build with the logins of --registry-config, and a warm build takes no longer than one without logins", async () => {
    const config = () => loginFor(PASSWORD, ...hosts)
    const [cold, warm, again] = [await build(config), await build(config), await build(config)]
    for (const { failure } of [cold, warm, again]) expect(failure).toBe("")
    console.info(`private base: cold ${cold.seconds} s, warm ${warm.seconds} s, again ${again.seconds} s`)
    writeFileSync(join(source, "Dockerfile"), `FROM ${FROM}\nRUN sleep 3 && echo ${hosts[0]} > /built\n`)
    const [publicCold, publicWarm] = [await build(), await build()]
    console.info(`public base: cold ${publicCold.seconds} s, warm ${publicWarm.seconds} s`)
    expect(Math.min(warm.seconds, again.seconds)).toBeLessThan(3)
  })

  test("are test images with user and password for the host of the release", async () => {
    const [host] = hosts
    const folder = mkdtempSync(join(tmpdir(), "slipway-private-"))
    writeFileSync(join(folder, "slipway.yaml"), `repository: ${host}/team/app\n`)
    const output = await inSession(async () => {
      const password = dag.setSecret("registry-password", PASSWORD)
      const module = slipway({ registryUsername: "robot", registryPassword: password })
      return await module.test(dag.host().directory(folder), `${host}/base:1`, ["cat /which"])
    })
    expect(output).toContain(host)
  })
})
