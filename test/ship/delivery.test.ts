import { generateKeyPairSync } from "node:crypto"
import type { File } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { type DestinationInput, parseDestination, requirePublicKey } from "../../lib/ship/delivery.ts"
import { keyFingerprint } from "../../lib/sign/signer.ts"

const nothing: DestinationInput = { hasKey: false }
const image = { ...nothing, repository: "ghcr.io/acme/app", hasKey: true }
const repository = { host: "ghcr.io", path: "acme/app", name: "ghcr.io/acme/app" }

test("a call without destination is a rehearsal", () => {
  expect(parseDestination(nothing)).toEqual({ kind: "rehearsal" })
})

test("a repository and a key make a delivery without a bump", () => {
  expect(parseDestination(image)).toEqual({ kind: "delivery", repository })
})

test.each([
  {
    name: "the repository by default",
    gitopsImageName: undefined,
    expected: "ghcr.io/acme/app",
  },
  { name: "the image name of the overlay if it is set", gitopsImageName: "app", expected: "app" },
])("a bump looks for $name", ({ gitopsImageName, expected }) => {
  const input = {
    ...image,
    gitopsRepo: "https://git.example.com/deploy.git",
    gitopsPath: "overlays/prod",
    gitopsImageName,
  }
  expect(parseDestination(input)).toEqual({
    kind: "delivery",
    repository,
    bump: { repo: "https://git.example.com/deploy.git", path: "overlays/prod", image: expected },
  })
})

test("a bump has the edits, the tag and the kustomize options", () => {
  const place = { gitopsRepo: "https://git.example.com/deploy.git", gitopsPath: "overlays/prod" }
  const how = { gitopsEdits: ["helm:image"], gitopsTag: "{sha}", gitopsKustomizeOptions: ["--enable-helm"] }
  expect(parseDestination({ ...image, ...place, ...how })).toMatchObject({
    bump: { edits: ["helm:image"], tag: "{sha}", kustomizeOptions: ["--enable-helm"] },
  })
})

test.each([
  {
    name: "a repository without a key",
    input: { ...nothing, repository: "ghcr.io/acme/app" },
    message: "expected a signer with --repository",
  },
  {
    name: "a key without a repository",
    input: { ...nothing, hasKey: true },
    message: "expected --repository with a signer",
  },
  {
    name: "a git repository without an image",
    input: { ...nothing, gitopsRepo: "https://git.example.com/deploy.git" },
    message: "expected --repository with gitops.repo",
  },
  {
    name: "a git repository without the overlay",
    input: { ...image, gitopsRepo: "https://git.example.com/deploy.git" },
    message: "expected gitops.path with --repository and a signer and gitops.repo",
  },
  {
    name: "an overlay without its repository",
    input: { ...image, gitopsPath: "overlays/prod" },
    message: "expected gitops.repo with",
  },
])("refuses $name before anything is done", ({ input, message }) => {
  expect(() => parseDestination(input)).toThrow(`OPTIONS_INVALID: ${message}`)
})

test("refuses a repository with a tag", () => {
  expect(() => parseDestination({ ...image, repository: "ghcr.io/acme/app:v1" })).toThrow("ADDRESS_INVALID")
})

function newKey(): { text: string; file: File } {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const text = String(publicKey.export({ type: "spki", format: "pem" }))
  return { text, file: { contents: async () => text } as File }
}

test("a key signs only if it belongs to the public key in the settings", async () => {
  const [ours, theirs] = [newKey(), newKey()]
  const signer = { kind: "publicKey" as const, publicKey: ours.file }
  await expect(requirePublicKey(signer, ours.file)).resolves.toBeUndefined()
  await expect(requirePublicKey(signer, theirs.file)).rejects.toThrow(
    `KEY_INVALID: expected to sign by the public key ${keyFingerprint(theirs.text)}, which sign.publicKey names, got the public key ${keyFingerprint(ours.text)}. Pass the private half`,
  )
  const exact = (value: string) => ({ kind: "exact" as const, value })
  const keyless = { kind: "identity" as const, identity: exact("me"), issuer: exact("https://i"), services: {} }
  await expect(requirePublicKey(keyless, ours.file)).rejects.toThrow(/got me with issuer https:\/\/i\. /)
})
