import { randomUUID } from "node:crypto"
import { dag, type Secret } from "@dagger.io/dagger"
import { expect } from "vitest"
import { besideRegistry, type Kms } from "../kms.ts"
import { PASSWORD } from "../protected-registry.ts"
import { imageLayout, LODASH } from "../scan-image.ts"
import { slipway } from "../slipway.ts"
import { call, fileOf, shell } from "./call.ts"
import type { SecretWorld } from "./world.ts"

/** Pushes a separate image with user and password. */
async function published({ host, port, authority }: SecretWorld, path: string): Promise<string> {
  const image = imageLayout({ "linux/amd64": LODASH })
  const login = { registryUsername: "robot", registryPassword: dag.setSecret(randomUUID(), PASSWORD) }
  const service = dag.host().service([{ backend: port, frontend: port }], { host: "127.0.0.1" })
  const network = { registryService: service, caCertificate: dag.file("ca.crt", authority) }
  return await slipway({ ...login, ...network }).publish(image, `${host}/team/${path}`)
}

function wayTo({ port, authority }: SecretWorld): string[] {
  return [`--registry-service=tcp://127.0.0.1:${port}`, `--ca-certificate=${fileOf(authority)}`]
}

async function sign(world: SecretWorld, path: string, ...key: string[]) {
  const ref = await published(world, path)
  const login = ["--registry-username=robot", "--registry-password=env:REGISTRY_PASSWORD"]
  return await call(world, ...wayTo(world), ...login, ...key, "cosign-sign", `--ref=${ref}`)
}

/** Passes a login as a value of dagger's shell to another call. */
export async function tagInShell(world: SecretWorld): Promise<void> {
  const plain = `registry.test:${world.registry.port}` // the shell would read a certificate's file from the module
  const ref = (await published(world, "shell")).replace(world.host, plain)
  const login = `$(login | token ${plain}/team/shell env:REGISTRY_PASSWORD --username=robot)`
  const way = `--registry-service=tcp://127.0.0.1:${world.registry.port} --plain-http`
  const called = await shell(world, `. ${way} --registry-config=${login} | registry | tag ${ref} --tags=v2`)
  expect(called.code, called.error).toBe(0)
  expect(await world.registry.tags("team/shell")).toEqual(["v2"])
}

export async function signByVault(world: SecretWorld): Promise<void> {
  const credentials = [
    "--kms-credentials=env:VAULT_ADDR,env:VAULT_TOKEN",
    "--kms-credential-names=VAULT_ADDR,VAULT_TOKEN",
  ]
  const called = await sign(world, "vault", "--kms-key=hashivault://release", ...credentials)
  expect(called.code, called.error).toBe(0)
  expect(world.asked.filter((asked) => asked.endsWith("/v1/transit/sign/release/sha2-256"))).toHaveLength(1)
}

export async function signByAws(world: SecretWorld): Promise<void> {
  const names = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
  const values = ["env:KMS_REGION", "env:KMS_KEY_ID", "env:KMS_SECRET_KEY", "env:KMS_SESSION"]
  const credentials = [`--kms-credentials=${values}`, `--kms-credential-names=${names}`]
  const called = await sign(world, "aws", `--kms-key=awskms://${world.host}/alias/release`, ...credentials)
  expect(called.code, called.error).toBe(0)
  expect(world.asked.filter((asked) => asked.endsWith(".Sign"))).toHaveLength(1)
}

/**
 * Signs with a cloud's KMS, after it has refused other credentials. The client's host is fixed, so the registry has that
 * host too. The CLI supports one port for both, so this does not use the CLI.
 */
export async function signByCloud({ registry, clouds }: SecretWorld, host: string): Promise<void> {
  const kms = clouds[host]
  if (!kms) throw new Error(`expected a KMS at ${host}, got none`)
  const way = () => ({
    ...{ registryUsername: "robot", registryPassword: secret(PASSWORD) },
    ...{ registryService: besideRegistry(kms, registry.port), plainHttp: true },
  })
  const image = imageLayout({ "linux/amd64": LODASH })
  const ref = await slipway(way()).publish(image, `${host}:5000/team/kms`)
  const signAs = (credentials: Kms["credentials"]) => {
    const values = { kmsCredentials: Object.values(credentials).map(secret) }
    const key = { kmsKey: kms.uri, kmsCredentialNames: Object.keys(credentials), ...values }
    return slipway({ ...way(), ...key, caCertificate: dag.file("ca.crt", kms.authority ?? "") }).cosignSign(ref)
  }
  await expect(signAs(kms.stranger.credentials)).rejects.toThrow("KEY_INVALID")
  await signAs(kms.credentials)
  expect([kms.signed(), kms.refused() > 0]).toEqual([1, true])
}

const secret = (value: string): Secret => dag.setSecret(`kms-${randomUUID()}`, value)

/** Signs with a token that Fulcio refuses. */
export async function signWithRefusedToken(world: SecretWorld): Promise<void> {
  const names = ["--identity=me@example.com", "--issuer=https://issuer.test"]
  const places = [`--fulcio-url=https://${world.host}`, `--trusted-root=${fileOf(JSON.stringify(trustedRoot(world)))}`]
  const called = await sign(world, "keyless", "--identity-token=env:IDENTITY_TOKEN", ...names, ...places)
  expect(called.code).toBe(1)
  expect(called.error).toContain("SIGNING_FAILED")
}

/** The trusted root of an instance without certificates. */
function trustedRoot({ authority }: SecretWorld): object {
  const rawBytes = authority.replace(/-----[^-]+-----|\n/g, "")
  const one = {
    subject: { organization: "test" },
    certChain: { certificates: [{ rawBytes }] },
    validFor: { start: "2020-01-01T00:00:00Z" },
  }
  const mediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
  return { mediaType, certificateAuthorities: [one], timestampAuthorities: [one] }
}
