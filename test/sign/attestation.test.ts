import { dag } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { fakeTools } from "../fake-tool.ts"

const ref = digestRef(parseRepository("r.test/app"), digestOf("image"))
const type = PREDICATE_TYPES.slsaprovenance1

/** A registry in which another run's statement appears while this run attests. */
function raced(shows: (commands: string[]) => boolean, attest = 0) {
  const commands: string[] = []
  fakeTools(({ args: [, command = ""] }) => {
    commands.push(command)
    if (command === "attest") return { exitCode: attest, stderr: "Error: PUT: TAG_INVALID: it is there" }
    if (!shows(commands)) return {}
    if (command === "tree") return { stdout: `${type} artifacts via OCI referrer: r.test/app@${digestOf("bundle")}` }
    const image = { "docker-manifest-digest": digestOf("image") }
    return command === "verify" ? { stdout: JSON.stringify([{ critical: { image, type } }]) } : {}
  })
  return commands
}

async function attestIt(release = new Map([[ref, Promise.resolve({ referrers: [] })]])) {
  const attestations = [{ type, predicate: dag.file("p.json", "{}") }]
  const [attested] = await attestDigests([{ ref, attestations }], {
    ...{ cosignImage: "cosign", craneImage: "crane", access: { plainHttp: false }, run: newRun() },
    key: { kind: "keyPair", key: dag.secret("env:KEY") },
    signer: { kind: "publicKey", publicKey: dag.file("cosign.pub", "key") },
    release,
  })
  return attested?.status
}

test("does not repeat an attestation that another run has just made", async () => {
  const commands = raced(() => true)
  expect(await attestIt()).toBe("alreadyAttested")
  expect(commands).not.toContain("attest")
})

test("attests after a second check finds no attestation", async () => {
  const commands = raced(() => false)
  expect(await attestIt()).toBe("attested")
  expect(commands).toEqual(["tree", "attest"])
})

test("accepts the attestation of a faster run after a failure", async () => {
  raced((commands) => commands.includes("attest"), 1)
  expect(await attestIt()).toBe("alreadyAttested")
})

test("reports the failure if no attestation is there", async () => {
  raced(() => false, 1)
  await expect(attestIt()).rejects.toThrow(
    /^SIGNING_FAILED: .*TAG_INVALID: it is there\. Fix the cause, .* Nothing was tagged/,
  )
})
