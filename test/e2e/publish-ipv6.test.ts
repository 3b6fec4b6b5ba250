import { randomUUID } from "node:crypto"
import { dag, type Secret } from "@dagger.io/dagger"
import { beforeAll, expect, test } from "vitest"
import { COSIGN, CRANE, newRun } from "../../lib/engine/tool.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"
import { imageAccess, NONROOT } from "../../lib/oci/registry-access.ts"
import { createEphemeralKey } from "../../lib/sign/cosign-run.ts"
import { signDigest, verifySigned } from "../../lib/sign/signature.ts"
import { COSIGN_IMAGE, CRANE_IMAGE, NODE_IMAGE } from "../../src/tool-images.ts"
import { construct } from "../construct.ts"
import { PASSWORD, startProtectedRegistry } from "./protected-registry.ts"
import { REGISTRY_HERE, startRegistry, type TestRegistry } from "./registry.ts"
import { imageLayout, LODASH } from "./scan-image.ts"
import { useEngine } from "./session.ts"
import { toolImage } from "./slipway.ts"

useEngine()

/** Runs with a tool: forwards connections to the container's IPv6 address to the registry. */
const relay = (tool: string, registry: string) => `#!/usr/local/bin/node
const { connect, createServer } = require("node:net")
createServer((incoming) => {
  const outgoing = connect(5000, "${registry}")
  for (const end of [incoming, outgoing]) end.on("error", () => [incoming, outgoing].forEach((other) => other.destroy()))
  incoming.pipe(outgoing).pipe(incoming)
}).listen(5000, "::1", () => {
  const tool = require("node:child_process").spawn("${tool}", process.argv.slice(2), { stdio: "inherit" })
  tool.on("exit", (code) => process.exit(code ?? 1))
})
`

type Tool = { name: string; image: string; program: string }

/** The tool with the relay in an image of a registry on the engine's machine. */
async function relayImage({ name, image, program }: Tool, { to, from }: { to: string; from: TestRegistry }) {
  const real = `/real-${name}`
  return await dag
    .container()
    .from(toolImage("NODEIMAGE") ?? NODE_IMAGE)
    .withFile(real, dag.container().from(image).file(program))
    .withNewFile(program, relay(real, to), { permissions: 0o755 })
    .withUser(NONROOT)
    .withEntrypoint([])
    .publish(`localhost:${from.port}/tools/${name}:six`)
}

const secret = (value: string): Secret => dag.setSecret(randomUUID(), value)
const login = { username: "robot", plainHttp: true }
const realCosign = toolImage("COSIGNIMAGE") ?? COSIGN_IMAGE
const realCrane = toolImage("CRANEIMAGE") ?? CRANE_IMAGE
let [cosignImage, craneImage] = ["", ""]
beforeAll(async () => {
  if (!REGISTRY_HERE) return
  const [from, registry] = await Promise.all([startRegistry(), startProtectedRegistry()])
  await registry.service.start()
  const places = { from, to: await registry.service.hostname() }
  ;[cosignImage, craneImage] = await Promise.all([
    relayImage({ name: "cosign", image: realCosign, program: COSIGN }, places),
    relayImage({ name: "crane", image: realCrane, program: CRANE }, places),
  ])
})

// The engine gives containers no IPv6 address except loopback, so the relay listens there.
test.skipIf(!REGISTRY_HERE)("an IPv6 address with port and path is pushed, tagged, signed and verified", async () => {
  const { username, plainHttp } = login
  const access = { registryUsername: username, registryPassword: secret(PASSWORD), plainHttp }
  const nodeImage = toolImage("NODEIMAGE") ?? NODE_IMAGE
  const module = construct({ cosignImage, craneImage, nodeImage, ...access })
  const ref = await module.publish(imageLayout({ "linux/amd64": LODASH }), "[::1]:5000/team/deep/app")
  expect(ref).toMatch(/^\[::1\]:5000\/team\/deep\/app@sha256:[0-9a-f]{64}$/)
  expect(await module.registry.tag(ref, ["v1"])).toBe(`${ref}\n  v1 (created)`)

  const { key } = await createEphemeralKey({ cosignImage: realCosign, run: newRun() })
  const image = parseDigestRef(ref)
  const way = await imageAccess(image, { ...login, password: secret(PASSWORD) })
  const options = () => ({ cosignImage, craneImage, access: way, run: newRun(), key })
  const signed = await signDigest(image, options())
  expect(signed.status).toBe("signed")
  expect((await verifySigned(image, { ...options(), signer: signed.by })).ref).toBe(ref)
  expect((await signDigest(image, options())).status).toBe("alreadySigned")
  await expect(module.publish(imageLayout({ "linux/amd64": LODASH }), "[::2]:5000/app")).rejects.toThrow(
    /^REGISTRY_FAILED: .*\[::2\]:5000/,
  )
})
