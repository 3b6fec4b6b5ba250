import { dag } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { fakeTools } from "../fake-tool.ts"

const ref = digestRef(parseRepository("r.test/app"), digestOf("image"))
const type = PREDICATE_TYPES.slsaprovenance1

/** A registry in which another run leaves its statement at a moment of this one. */
function raced(shows: (asked: string[]) => boolean, attest = 0) {
  const asked: string[] = []
  fakeTools(({ args: [, command = ""] }) => {
    asked.push(command)
    if (command === "attest") return { exitCode: attest, stderr: "Error: PUT: TAG_INVALID: it is there" }
    if (!shows(asked)) return {}
    if (command === "tree") return { stdout: `${type} artifacts via OCI referrer: r.test/app@${digestOf("bundle")}` }
    const image = { "docker-manifest-digest": digestOf("image") }
    return command === "verify" ? { stdout: JSON.stringify([{ critical: { image, type } }]) } : {}
  })
  return asked
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

test("what another run attested while this one signed is not attested again", async () => {
  const asked = raced(() => true)
  expect(await attestIt()).toBe("alreadyAttested")
  expect(asked).not.toContain("attest")
})

test("what nobody attested meanwhile is, after one more look", async () => {
  const asked = raced(() => false)
  expect(await attestIt()).toBe("attested")
  expect(asked).toEqual(["tree", "attest"])
})

test("what fails because another run was faster is there all the same", async () => {
  raced((asked) => asked.includes("attest"), 1)
  expect(await attestIt()).toBe("alreadyAttested")
})

test("what fails and is not there is an error, in the words of the failure", async () => {
  raced(() => false, 1)
  await expect(attestIt()).rejects.toThrow(/^SIGNING_FAILED: .*TAG_INVALID: it is there\. Nothing was tagged/)
})
