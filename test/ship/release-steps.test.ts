import { dag } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import type { ShipOptions, Step } from "../../lib/ship/context.ts"
import { bumpRequest, recordRelease } from "../../lib/ship/release-steps.ts"
import type { VerifiedRef } from "../../lib/sign/release-verification.ts"
import { fakeTools } from "../fake-tool.ts"

const repository = parseRepository("r.test/app")
const ref = digestRef(repository, digestOf("image")) as VerifiedRef

function step(bump: Step["facts"]["bump"]): Step {
  const tools = { trivy: "t", cosign: "c", crane: "r", kustomize: "k", registry: "g" }
  return {
    options: { tools } as ShipOptions,
    run: newRun(),
    fetchImage: async () => {},
    began: 0,
    facts: { mode: "delivery", repository: repository.name, inputs: "sha256:0a", ref, bump },
    stages: [],
    measure: async (_, work) => await work(),
    place: {
      ...{ mode: "delivery", repository, access: { plainHttp: false }, replicas: [] },
      key: { kind: "keyPair", key: dag.secret("env:KEY") },
      signer: { kind: "publicKey", publicKey: dag.file("cosign.pub", "key") },
      close: async () => {},
    },
  }
}

const bumped: Step["facts"]["bump"] = {
  outcome: { status: "unchanged", commit: "c0ffee", kept: [] },
  place: { repo: "r", branch: "b", path: "p" },
}

test.each([
  { name: "cosign fails", command: "attest", bump: bumped, done: "Image, tags and bump" },
  { name: "the registry fails to list attestations", command: "tree", bump: bumped, done: "Image, tags and bump" },
  { name: "the record is missing afterwards", command: "none", bump: "skipped" as const, done: "Image and tags" },
])("reports that only the record is missing if $name, because tags and bump are written", async (failing) => {
  fakeTools(({ args: [, command] }) => {
    if (command === failing.command) return { exitCode: 1, stderr: "Error: dial tcp: connection refused" }
    if (command === "verify") return { exitCode: 1, stderr: "Error: no signatures found" }
    return {}
  })
  const recorded = recordRelease(ref, step(failing.bump))
  await expect(recorded).rejects.toThrow(`${failing.done} are done; only the record is missing.`)
  await expect(recorded).rejects.not.toThrow(/Nothing was tagged|Do not deploy/)
})

const context = { access: { remote: { url: "https://git.test/deploy" } } }
const target = { context, branch: "main", path: "prod", image: "web" }
const requestOf = (more: object) => {
  const step = { place: { bump: { ...target, ...more } }, options: {}, facts: {} } as unknown as Step
  return bumpRequest(ref, undefined, step)
}

test("a bump is recorded with its edits, tag and build options", () => {
  const place = { repo: "https://git.test/deploy", branch: "main", path: "prod", imageName: "web" }
  expect(requestOf({})?.place).toEqual(place)
  expect(requestOf({ edits: [], kustomizeOptions: [] })?.place).toEqual(place)
  const built = { spareTag: "v1", kustomizeOptions: ["--enable-helm"] }
  expect(requestOf(built)?.place).toEqual({ ...place, tag: "v1", kustomizeOptions: ["--enable-helm"] })
  const edited = { path: "values.yaml", edits: ["helm:image"] }
  expect(requestOf(edited)?.place).toEqual({ ...place, ...edited })
})

test("there is no bump without a place for it", () => {
  const step = { place: {}, options: {} } as unknown as Step
  expect(bumpRequest(ref, undefined, step)).toBeUndefined()
})
