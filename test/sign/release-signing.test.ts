import { generateKeyPairSync } from "node:crypto"
import { dag, type Secret } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { deferRejection } from "../../lib/engine/concurrency.ts"
import { nameArguments, type SecretUse, watchSecrets } from "../../lib/engine/secret-use.ts"
import { newRun, type ToolResult } from "../../lib/engine/tool.ts"
import { type DigestRef, digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import { signRelease } from "../../lib/sign/release-signing.ts"
import type { SignOptions } from "../../lib/sign/signature.ts"
import { fakeBatches, type RanCommand } from "../fake-batch.ts"

const repository = parseRepository("r.test/app")
const refs: [DigestRef, DigestRef] = [
  digestRef(repository, digestOf("index")),
  digestRef(repository, digestOf("amd64")),
]
const BUNDLE = `application/vnd.dev.sigstore.bundle.v0.3+json artifacts via OCI referrer: r.test/app@${digestOf("bundle")}`
const image = { "docker-manifest-digest": digestOf("index") }
const SIGNED = JSON.stringify([{ critical: { image, type: "https://sigstore.dev/cosign/sign/v1" } }])

type Faults = { broken?: boolean; late?: boolean; alone?: boolean }

async function signIt(
  answer: (command: string, ref: string, ran: RanCommand[]) => Partial<ToolResult>,
  { broken = false, late = false, alone = false, ...more }: Faults & Partial<SignOptions> = {},
) {
  const { ran, runtime } = fakeBatches(([, command = "", ...rest], all) => answer(command, rest.at(-1) ?? "", all), {
    ...{ broken, late },
  })
  const signing = signRelease(refs, {
    ...{ cosignImage: "cosign", craneImage: "crane", access: { plainHttp: false }, run: newRun() },
    key: { kind: "keyPair", key: dag.secret("env:KEY") },
    signer: { kind: "publicKey", publicKey: { contents: async () => PUBLIC } as never },
    ...(!alone && { runtime }),
    ...more,
  })
  return { signing, commands: ran, said: () => ran.map(({ args, inBatch }) => `${inBatch ? "batch " : ""}${args[1]}`) }
}

const PUBLIC = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" })

test("lists the referrers and signs in one exec, and returns the lists", async () => {
  const { signing, said } = await signIt(() => ({}))
  const { signed, release } = await signing
  expect(signed.status).toBe("signed")
  expect(said()).toEqual(["batch tree", "batch sign", "batch tree"])
  expect(await release.get(refs[1])).toEqual({ referrers: [] })
})

test("does not sign in that exec if the index has referrers, and looks at them", async () => {
  const { signing, said } = await signIt((command, ref) => {
    if (command === "tree" && ref === refs[0]) return { stdout: BUNDLE }
    return command === "verify" ? { stdout: SIGNED } : {}
  })
  expect((await signing).signed.status).toBe("alreadySigned")
  expect(said()).toEqual(["batch tree", "batch tree", "verify"])
})

test("reports a signature that failed in that exec, without a second one", async () => {
  const { signing, said } = await signIt((command) =>
    command === "sign" ? { exitCode: 1, stderr: "Error: PUT: DENIED" } : {},
  )
  await expect(signing).rejects.toThrow(/^SIGNING_FAILED: .*DENIED/)
  expect(said().filter((command) => command.includes("sign"))).toEqual(["batch sign"])
})

test("signs again after a conflict with an equal entry in the log", async () => {
  const conflict = "Error: [POST /api/v1/log/entries][409] createLogEntryConflict"
  const { signing, said } = await signIt((command, _, ran) => {
    const first = ran.filter(({ args }) => args[1] === "sign").length === 1
    return command === "sign" && first ? { exitCode: 1, stderr: conflict } : {}
  })
  expect((await signing).signed.status).toBe("signed")
  expect(said().filter((command) => command.includes("sign"))).toEqual(["batch sign", "sign"])
})

test("reports a registry that does not respond", async () => {
  const { signing } = await signIt(() => ({ exitCode: 1, stderr: "Error: dial tcp: connection refused" }))
  await expect(signing).rejects.toThrow(/^REGISTRY_FAILED: expected to read the signatures of .*nothing was signed/)
})

test.each([
  { name: "the exec as a whole fails", broken: true },
  { name: "there is no Node", alone: true },
])("runs each call as an exec if $name", async ({ name: _, ...how }) => {
  const { signing, said } = await signIt(() => ({}), how)
  expect((await signing).signed.status).toBe("signed")
  expect(said().toSorted()).toEqual(["sign", "tree", "tree"])
})

const exact = { kind: "exact" as const, value: "a" }
const keyless = (identityToken: () => Promise<Secret>) => ({
  key: { kind: "keyless" as const, identityToken, identity: exact, issuer: exact, services: {} },
  signer: { kind: "identity" as const, identity: exact, issuer: exact, services: {} },
})

test.each([
  { name: "once, after Node is there", ready: true, requests: ["node", "token"] },
  {
    name: "only for the single call if there is no Node",
    ready: false,
    requests: ["token"],
  },
])("requests an identity token $name", async ({ ready, requests }) => {
  const requested: string[] = []
  const runtime = deferRejection(
    Promise.resolve().then(() => {
      if (!ready) throw new Error("no such image")
      requested.push("node")
      return { image: "node", rootfs: {} as never, args: ["/node"] }
    }),
  )
  const token = async () => {
    requested.push("token")
    return dag.setSecret("token", "token")
  }
  const { signing } = await signIt((command) => ({ stdout: { verify: SIGNED, manifest: "index" }[command] ?? "" }), {
    ...keyless(token),
    runtime,
  })
  expect((await signing).signed.status).toBe("signed")
  expect(requested).toEqual(requests)
})

test("signs again with a new identity token after a batch that took longer than its token was valid", async () => {
  let tokens = 0
  const token = async () => dag.setSecret("token", `${++tokens}`)
  const expired = 'Fulcio returned 400: {"message":"There was an error processing the identity token"}'
  const { signing, said } = await signIt((command, _, ran) => {
    if (command === "sign" && ran.at(-1)?.inBatch) return { exitCode: 1, stderr: expired }
    return { stdout: { verify: SIGNED, manifest: "index" }[command] ?? "" }
  }, keyless(token))
  expect((await signing).signed.status).toBe("signed")
  expect(said().filter((command) => command.includes("sign"))).toEqual(["batch sign", "sign"])
  expect(tokens).toBe(2)
})

test("gives the key to Node too, which the audit shows", async () => {
  const key = dag.secret("env:KEY")
  const uses: SecretUse[] = []
  nameArguments({ cosignKey: key })
  await watchSecrets({ stage: "sign", uses }, async () => {
    await (await signIt(() => ({}), { key: { kind: "keyPair", key } })).signing
  })
  expect(uses.map(({ to }) => to)).toEqual(["cosign", "node"])
})

test("does not say that nothing was signed after a batch that ran out of time", async () => {
  const late = { exitCode: 1, stderr: "Error: no answer within 300 s" }
  const { signing } = await signIt(() => late, { late: true })
  await expect(signing).rejects.toThrow(/^SIGNING_FAILED: .*no response from the server.*run again/)
})
