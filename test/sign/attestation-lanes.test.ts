import { dag } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { nameArguments, type SecretUse, watchSecrets } from "../../lib/engine/secret-use.ts"
import { newRun, type ToolResult } from "../../lib/engine/tool.ts"
import { digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import { type AttestOptions, attestDigests } from "../../lib/sign/attestation.ts"
import { attestingBatch } from "../../lib/sign/attestation-lanes.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { fakeBatches, type RanCommand } from "../fake-batch.ts"

const repository = parseRepository("r.test/app")
const [index, amd64] = [digestRef(repository, digestOf("index")), digestRef(repository, digestOf("amd64"))]
const { slsaprovenance1, spdxjson, vuln } = PREDICATE_TYPES
const types = { [index]: [slsaprovenance1], [amd64]: [spdxjson, vuln] }
const MISSING = "Error: entity not found in registry, error: GET https://r.test: MANIFEST_UNKNOWN: manifest unknown"
const listed = (type: string) => `${type} artifacts via OCI referrer: r.test/app@${digestOf(type)}`
const statement = (ref: string, type: string) => ({
  critical: { image: { "docker-manifest-digest": ref.slice(ref.indexOf("@") + 1) }, type },
})
const SIGNATURE = "https://sigstore.dev/cosign/sign/v1"

type Asked = { command: string; ref: string; type?: string; ran: RanCommand[] }

type Situation = { release?: boolean; broken?: boolean; listing?: string[] } & Partial<
  Pick<AttestOptions, "key" | "signer">
>

/** Attests the release in which a fake registry says what `answer` does not say: the index is signed, and nothing is attested. */
async function attestThem(
  answer: (asked: Asked) => Partial<ToolResult> | undefined,
  { release = true, broken = false, listing = [] as string[], ...more }: Situation = {},
) {
  const { ran, runtime } = fakeBatches(
    (args, all) => {
      const [, command = ""] = args
      const ref = args.at(-1) ?? ""
      const type = args[args.indexOf("--type") + 1]
      const own = answer({ command, ref, ran: all, ...(command === "attest" && type && { type }) })
      if (own) return own
      if (ref.includes(":sha256-")) return { exitCode: 1, stderr: MISSING }
      return command === "verify" ? { stdout: JSON.stringify([statement(ref, SIGNATURE)]) } : {}
    },
    { broken },
  )
  const subjects = Object.entries(types).map(([ref, all]) => ({
    ref: ref as typeof index,
    attestations: all.map((type) => ({ type, predicate: dag.file("p.json", "{}") })),
  }))
  const before = (ref: typeof index) => {
    const referrers = ref === amd64 ? listing.map((type) => ({ type, digest: digestOf(type) })) : []
    return [ref, Promise.resolve({ referrers })] as const
  }
  const attesting = attestDigests(release ? subjects : subjects.slice(0, 1), {
    ...{ cosignImage: "cosign", craneImage: "crane", access: { plainHttp: false }, run: newRun(), runtime },
    key: { kind: "keyPair", key: dag.secret("env:KEY") },
    signer: { kind: "publicKey", publicKey: dag.file("cosign.pub", "key") },
    ...(release && { release: new Map([before(index), before(amd64)]) }),
    ...more,
  })
  const made = () => ran.filter(({ args }) => args[1] === "attest")
  return { attesting, ran, made, alone: () => ran.filter(({ inBatch }) => !inBatch).map(({ args }) => args[1]) }
}

const statuses = (outcomes: { status: string }[]) => outcomes.map(({ status }) => status)

describe("the attestations of a release", () => {
  test("are made in one exec", async () => {
    const { attesting, made, alone } = await attestThem(() => undefined)
    expect(statuses(await attesting)).toEqual(["attested", "attested", "attested"])
    expect(made()).toHaveLength(3)
    expect(alone()).toEqual([])
  })

  test("are not made twice if another run has attested the index since it was signed", async () => {
    const { attesting, made } = await attestThem(({ command, ref }) => {
      if (ref !== index) return undefined
      if (command === "tree") return { stdout: listed(slsaprovenance1) }
      if (command !== "verify") return undefined
      return { stdout: JSON.stringify([SIGNATURE, slsaprovenance1].map((type) => statement(index, type))) }
    })
    expect(statuses(await attesting)).toEqual(["alreadyAttested", "attested", "attested"])
    expect(made()).toHaveLength(2)
  })

  test("are looked at one by one if the image has referrers since it was signed", async () => {
    const { attesting, made } = await attestThem(({ command, ref }) => {
      if (ref !== amd64) return undefined
      if (command === "tree") return { stdout: listed(spdxjson) }
      return command === "verify" ? { stdout: JSON.stringify([statement(amd64, spdxjson)]) } : undefined
    })
    expect(statuses(await attesting)).toEqual(["attested", "alreadyAttested", "attested"])
    expect(made().map(({ inBatch }) => inBatch)).toEqual([true, false])
  })

  test("are looked at one by one if the image had referrers before", async () => {
    const { attesting, made } = await attestThem(
      ({ command, ref }) =>
        command === "verify" && ref === amd64 ? { stdout: JSON.stringify([statement(amd64, vuln)]) } : undefined,
      { listing: [vuln] },
    )
    expect(statuses(await attesting)).toEqual(["attested", "attested", "alreadyAttested"])
    expect(made().map(({ inBatch }) => inBatch)).toEqual([true, false])
  })

  test("are looked at one by one if a referrer cannot be read", async () => {
    const { attesting, alone } = await attestThem(({ command, ref, ran }) => {
      if (command !== "tree" || ref !== amd64 || !ran.at(-1)?.inBatch) return undefined
      return { stderr: `Error fetching artifact r.test/app@${digestOf("bundle")}` }
    })
    expect(statuses(await attesting)).toEqual(["attested", "attested", "attested"])
    expect(alone()).toContain("attest")
  })

  test("count as present if a faster run made one that failed here", async () => {
    let failed = false
    const { attesting } = await attestThem(({ command, ref, type }) => {
      if (command === "attest" && type === vuln) {
        failed = true
        return { exitCode: 1, stderr: "Error: PUT: TAG_INVALID: it is there" }
      }
      if (!failed || ref !== amd64) return undefined
      if (command === "tree") return { stdout: listed(vuln) }
      return command === "verify" ? { stdout: JSON.stringify([statement(amd64, vuln)]) } : undefined
    })
    expect(statuses(await attesting)).toEqual(["attested", "attested", "alreadyAttested"])
  })

  test("end with the failure of one that is not there", async () => {
    const { attesting, made } = await attestThem(({ command, type }) =>
      command === "attest" && type === spdxjson ? { exitCode: 1, stderr: "Error: PUT: DENIED" } : undefined,
    )
    await expect(attesting).rejects.toThrow(/^SIGNING_FAILED: expected cosign to sign the SPDX SBOM of .*DENIED/)
    expect(made().filter(({ args }) => args.includes(spdxjson))).toHaveLength(1)
    expect(made().filter(({ args }) => args.includes(vuln))).toHaveLength(0)
  })

  test("need one identity token if none is refused", async () => {
    let tokens = 0
    const identityToken = async () => dag.setSecret("token", `${++tokens}`)
    const exact = { kind: "exact" as const, value: "a" }
    const named = { identity: exact, issuer: exact, services: {} }
    const { attesting } = await attestThem(() => undefined, {
      key: { kind: "keyless", identityToken, ...named },
      signer: { kind: "identity", ...named },
    })
    expect(statuses(await attesting)).toEqual(["attested", "attested", "attested"])
    expect(tokens).toBe(1)
  })

  test("give the key and the signer's credentials to Node too, which the audit shows", async () => {
    const [key, value] = [dag.secret("env:KEY"), dag.secret("env:TOKEN")]
    const uses: SecretUse[] = []
    nameArguments({ cosignKey: key, kmsCredentials: value })
    const signer = { kind: "kms" as const, uri: "awskms:///k", credentials: [{ name: "AWS_SESSION_TOKEN", value }] }
    await watchSecrets({ stage: "attest", uses }, async () => {
      await (await attestThem(() => undefined, { key: { kind: "keyPair", key }, signer })).attesting
    })
    const given = uses.map(({ argument, to }) => `${argument} ${to}`).toSorted()
    expect(given).toEqual([
      "--cosign-key cosign",
      "--cosign-key node",
      "--kms-credentials cosign",
      "--kms-credentials node",
    ])
  })

  test("are made one by one if the exec as a whole fails", async () => {
    const { attesting, made } = await attestThem(() => undefined, { broken: true })
    expect(statuses(await attesting)).toEqual(["attested", "attested", "attested"])
    expect(made().every(({ inBatch }) => !inBatch)).toBe(true)
  })
})

describe("an attestation of a signed image", () => {
  test("is made and verified in one exec", async () => {
    const { attesting, ran, alone } = await attestThem(
      ({ command, ran }) => {
        const attested = ran.some(({ args }) => args[1] === "attest")
        if (command !== "verify" || !attested) return undefined
        return { stdout: JSON.stringify([SIGNATURE, slsaprovenance1].map((type) => statement(index, type))) }
      },
      { release: false },
    )
    expect(statuses(await attesting)).toEqual(["attested"])
    expect(ran.map(({ args }) => args[1])).toEqual(["verify", "attest", "verify"])
    expect(alone()).toEqual([])
  })

  test("is refused if it is not there afterwards", async () => {
    const { attesting } = await attestThem(() => undefined, { release: false })
    await expect(attesting).rejects.toThrow(/no SLSA provenance after attesting it/)
  })
})

describe("an attestation whose verification has no response", () => {
  test.each([
    { name: "says so", stderr: "Error: GET https://r.test/v2/: 503 Service Unavailable" },
    { name: "is looked for again", stderr: "Error: no signatures found" },
  ])("$name, and is not refused", async ({ stderr }) => {
    let failures = 0
    const { attesting, ran } = await attestThem(
      ({ command, ref, ran }) => {
        const attested = ran.some(({ args }) => args[1] === "attest")
        if (!attested) return undefined
        if (command === "tree") return { stdout: listed(slsaprovenance1) }
        if (command === "verify" && failures++ === 0) return { exitCode: 1, stderr }
        return { stdout: JSON.stringify([SIGNATURE, slsaprovenance1].map((type) => statement(ref, type))) }
      },
      { release: false },
    )
    const outcome = await attesting.then(statuses, String)
    if (stderr.includes("503")) expect(outcome).toMatch(/REGISTRY_FAILED: .*Run again once the registry responds/)
    else expect(outcome).toEqual(["attested"])
    expect(ran.filter(({ args }) => args[1] === "attest")).toHaveLength(1)
  })
})

describe("the plan of the lanes", () => {
  const plan = (more: object) => {
    const attestations = [spdxjson, vuln].map((type) => ({ type, predicate: {} as never }))
    const planned = [index, amd64].map((ref) => ({
      subject: { ref, attestations },
      isFresh: true,
      verify: ["verify", ref],
    }))
    return attestingBatch(planned, {
      ...{ access: { plainHttp: false }, key: { kind: "kms", uri: "awskms:///k", credentials: [] } },
      ...more,
    })
  }
  const release = new Map()

  test("lets only the others of a digest run side by side, where the fallback tag is not there", () => {
    const { lanes, probe } = plan({ release })
    expect(lanes.map(({ calls, others }) => [calls.length, others?.length])).toEqual([
      [2, 1],
      [2, 1],
    ])
    expect(probe?.args.at(-1)).toBe(index.replace("@sha256:", ":sha256-"))
    expect(MISSING).toMatch(new RegExp(probe?.failure ?? ""))
  })

  test.each([
    { name: "of an image that was signed before", more: {} },
    { name: "of an image that is signed in the older format only", more: { release, formats: ["legacy"] } },
  ])("$name lets nothing of a digest run side by side", ({ more }) => {
    expect(plan(more).probe).toBeUndefined()
  })

  test.each([
    { type: spdxjson, is: true },
    { type: "https://spdx.dev/Document2", is: false },
    { type: "https://spdxxdev/Document", is: false },
  ])("finds $type in cosign's output: $is", ({ type, is }) => {
    const { unless = "none" } = plan({ release }).lanes[0]?.calls[0] ?? {}
    expect(new RegExp(unless, "m").test(JSON.stringify([statement(index, type)]))).toBe(is)
  })

  test("finds a type with characters that cosign's JSON escapes", () => {
    const type = "https://acme.example/x?a=1&b=<2>\\3"
    const attestations = [{ type, predicate: {} as never }]
    const key = { kind: "kms" as const, uri: "awskms:///k", credentials: [] }
    const planned = [{ subject: { ref: index, attestations }, isFresh: true, verify: [] }]
    const { unless = "none" } = attestingBatch(planned, { key, access: { plainHttp: false } }).lanes[0]?.calls[0] ?? {}
    const printed = '{"type":"https://acme.example/x?a=1\\u0026b=\\u003c2\\u003e\\\\3"}'
    expect(printed).toMatch(new RegExp(unless, "m"))
    expect('{"type":"https://acme.example/x?a=1"}').not.toMatch(new RegExp(unless, "m"))
  })
})
