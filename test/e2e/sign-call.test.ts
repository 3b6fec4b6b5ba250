import { mkdtempSync, readdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { beforeAll, expect, test } from "vitest"
import { keyFingerprint } from "../../lib/sign/signer.ts"
import { SignatureFormat } from "../../src/enums.ts"
import type { Slipway } from "../../src/index.ts"
import { leaks } from "../leak/search.ts"
import { type Called, daggerCall } from "./dagger-call.ts"
import { PASSWORD, startProtectedRegistry } from "./protected-registry.ts"
import { imageLayout, LODASH } from "./scan-image.ts"
import { useEngine } from "./session.ts"
import { makeSigningKey, type SigningKeyFiles } from "./signing-key.ts"
import { slipway } from "./slipway.ts"

useEngine()

const USER = "robot"
let key: SigningKeyFiles
let there: Slipway
let ref: string
let network: string[]
const said: Called[] = []

beforeAll(async () => {
  const [{ port }, made] = await Promise.all([startProtectedRegistry(), makeSigningKey()])
  key = made
  const password = dag.setSecret("registry-password", PASSWORD)
  const address = `registry.test:${port}/team/app`
  const service = dag.host().service([{ backend: port, frontend: port }], { host: "127.0.0.1" })
  const image = imageLayout({ "linux/amd64": LODASH })
  const login = { registryUsername: USER, registryPassword: password }
  there = slipway({ ...login, registryService: service, plainHttp: true })
  ref = await there.publish(image, address)
  network = [
    ...[`--registry-service=tcp://127.0.0.1:${port}`, "--plain-http"],
    ...[`--registry-username=${USER}`, "--registry-password=env://REGISTRY_PASSWORD"],
  ]
})

/** A call as in a CI job, with the most verbose output. */
async function call(signer: string[], ...args: string[]): Promise<Called> {
  const env = { REGISTRY_PASSWORD: PASSWORD, KEY_PASSWORD: key.password }
  const called = await daggerCall(["-vvvv", "--debug", ...network, ...signer, ...args, `--ref=${ref}`], { env })
  said.push(called)
  return called
}

test("signs an image in both formats, with a registry login and an encrypted key", async () => {
  const signer = [`--cosign-key=file://${key.privateKey}`, "--cosign-password=env://KEY_PASSWORD"]
  const { code, stdout } = await call(signer, "cosign-sign", "--format=BOTH")
  const fingerprint = keyFingerprint(readFileSync(key.publicKey, "utf8"))
  const [, digest] = ref.split("@")
  expect(stdout.trim()).toBe(`Signed ${ref}.\n  verified: signature of ${digest} by the public key ${fingerprint}`)
  expect(code).toBe(0)
})

test("verifies the image in both formats by the public key", async () => {
  const publicKey = dag.host().file(key.publicKey)
  const said = await there.signature.verify(ref, publicKey, undefined, undefined, undefined, SignatureFormat.BOTH)
  expect(said).toMatch(/ is verified\.\n {2}verified: signature of sha256:\w+ by the public key sha256:\w+/)
})

test("writes policies whose engines can read the signature", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-policies-"))
  const { code } = await call(
    [],
    "signature",
    "admission-policies",
    `--public-key=${key.publicKey}`,
    `--output=${folder}`,
  )
  expect(code).toBe(0)
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual([
    ...["conftest", "conftest/images.rego", "kyverno", "kyverno/cluster-policy.yaml"],
    ...["kyverno/image-validating-policy.yaml", "policy-controller", "policy-controller/cluster-image-policy.yaml"],
  ])
  const policy = readFileSync(join(folder, "kyverno/cluster-policy.yaml"), "utf8")
  expect(policy).not.toContain("which this image does not have")
  expect(policy).toContain(readFileSync(key.publicKey, "utf8").split("\n")[1])
})

test("prints no secret, even with the most verbose output", () => {
  const everything = said.map(({ stdout, stderr }) => stdout + stderr).join("\n")
  expect(everything).toContain("/ko-app/cosign") // the output contains the steps
  const secrets = {
    "registry password": PASSWORD,
    "key password": key.password,
    "private key": readFileSync(key.privateKey, "utf8"),
  }
  expect(leaks(everything, secrets)).toEqual([])
})
