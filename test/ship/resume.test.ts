import type { Directory } from "@dagger.io/dagger"
import { beforeEach, expect, test, vi } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { type Digest, parseRepository } from "../../lib/oci/reference.ts"
import type { Context, ShipOptions } from "../../lib/ship/context.ts"
import type { Place } from "../../lib/ship/delivery.ts"
import { makeTaggedImage } from "../../lib/ship/image.ts"
import { findUnchanged, resume } from "../../lib/ship/resume.ts"
import { startStopwatch } from "../../lib/ship/stopwatch.ts"
import { keyRefusal } from "../../lib/sign/refusal.ts"

const digest = `sha256:${"0a".repeat(32)}` as Digest
const commit = "0a".repeat(20)

vi.mock("../../lib/sign/signature.ts", () => ({
  ...{ signerOf: vi.fn(), signDigest: vi.fn(), knownSigner: vi.fn(), verifySigned: vi.fn() },
}))
vi.mock("../../lib/publish/registry-tags.ts", () => ({
  readTag: async () => digest,
  readTagStates: vi.fn(),
  writeTags: vi.fn(),
}))
vi.mock("../../lib/ship/release-tags.ts", () => ({
  plannedTags: async () => ({ revision: { commit, dirty: false }, tags: [{ name: commit, floating: false }] }),
}))
vi.mock("../../lib/ship/inputs.ts", () => ({ inputsDigest: () => "inputs", inputTexts: async () => ({}) }))

beforeEach(async () => {
  const { signerOf } = await import("../../lib/sign/signature.ts")
  vi.mocked(signerOf).mockRejectedValue(keyRefusal("keyPair", "error: decryption failed"))
})

const options = {
  destination: { kind: "delivery", repository: parseRepository("registry.test/app") },
  delivery: { key: { kind: "keyPair" }, access: {}, replicas: [] },
  tools: {},
  scan: {},
} as unknown as ShipOptions

function contextOf(options: object): Context {
  const measure = (_: string, work: () => unknown) => work()
  return { options, facts: {}, run: newRun(), measure, fetchImage: async () => {} } as unknown as Context
}

test("a key that cannot be read fails with ship's flag names, also while looking for an earlier run", async () => {
  const fails = { code: "KEY_INVALID", message: expect.stringContaining("--cosign-password") }
  const opening = Promise.resolve({ deployed: [digest] } as unknown as Place)
  const { stages, measure } = startStopwatch()
  await expect(findUnchanged("content", { options, opening, measure })).rejects.toMatchObject(fails)
  expect(stages, "a failure belongs to a stage").toMatchObject([{ name: "compare", status: "failed" }])
  const context = contextOf(options)
  const image = { kind: "source", reading: Promise.reject(), revision: Promise.reject() } as const
  image.reading.catch(() => {})
  image.revision.catch(() => {})
  await expect(resume(image, context)).rejects.toMatchObject(fails)
})

test("a build over its time limit fails with ship's setting names", async () => {
  const never = new Promise<never>(() => {})
  const image = { kind: "source", reading: never, revision: Promise.resolve(undefined) } as const
  const building = { ...options, scan: { images: {}, scanner: "trivy" }, tests: "skip", build: { timeout: 0.01 } }
  const begun = { start: {}, opening: never, ahead: { image, plans: never, readable: never } }
  await expect(makeTaggedImage({} as Directory, contextOf(building), begun)).rejects.toThrow(
    /^BUILD_TIMEOUT: .* or raise build\.timeout in slipway\.yaml\.$/,
  )
})
