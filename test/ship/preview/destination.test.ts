import { expect, test } from "vitest"
import type { ServiceSettings } from "../../../lib/config/services.ts"
import { previewDestination } from "../../../lib/ship/preview/destination.ts"
import type { PreviewOptions } from "../../../lib/ship/preview/options.ts"
import { NO_FLAGS } from "../no-flags.ts"

const settings: ServiceSettings = {
  repository: "ghcr.io/acme/hello",
  tags: ["latest", "{semver}"],
  replicas: ["mirror.example/hello"],
  sign: { identity: "https://github.com/acme/hello/.github/workflows/ship.yml@refs/heads/main", issuer: "https://i" },
  gitops: {
    ...{
      repo: "https://git.example/deploy",
      path: "apps/hello/prod",
      imageName: "hello",
      branch: "live",
      tag: "{semver}",
    },
    ...{ edits: ["helm:image"], pullRequest: true, message: "Release {image}", authorName: "Robot" },
  },
}
const tag = `pr-7-${"0a".repeat(20)}`
const preview = { number: 7, commit: "0a".repeat(20), tag, access: {} } as PreviewOptions
const token = { plaintext: async () => "t" } as never
const flags = { ...NO_FLAGS, tags: ["v1"], signing: { identityToken: token } }
const signer = {
  identity: "https://github.com/acme/hello/.github/workflows/ship.yml@refs/pull/7/merge",
  issuer: "https://i",
}
const ci = { system: "github" as const, signer }

test("a preview has its own tag alone, whatever tags are set, and no replicas", () => {
  const destination = previewDestination(flags, settings, { preview, ci, files: { publicKey: {} as never } })
  expect(destination).toMatchObject({ repository: "ghcr.io/acme/hello", tags: [tag], proposal: {} })
  for (const name of ["replicas", "publicKey", "gitopsRepo", "gitopsPath", "gitopsTag", "gitopsEdits"]) {
    expect(destination).not.toHaveProperty(name)
  }
})

test("a preview is signed as the job of its request, not as the release", () => {
  expect(previewDestination(flags, settings, { preview, ci }).signing).toMatchObject(signer)
})

test("a preview is pushed to its own overlay, and compared with the release's", () => {
  const template = { path: "apps/hello/previews/template", number: 7 }
  const overlay = { path: "apps/hello/previews/pr-7", repo: "https://git.example/deploy", template }
  const destination = previewDestination(flags, settings, { preview: { ...preview, overlay }, ci })
  expect(destination).toMatchObject({
    gitopsPath: "apps/hello/previews/pr-7",
    gitopsImageName: "hello",
    gitopsBranch: "live",
    gitopsPreview: { template },
    gitopsBaseline: { path: "apps/hello/prod", branch: "live", image: "hello", edits: ["helm:image"] },
    commit: { message: "Preview {image} at {digest} in {path}", authorName: "Robot" },
  })
  expect(destination.proposal).not.toHaveProperty("pullRequest")
})

test("a preview without a deployed release says so", () => {
  const { gitops: _, ...others } = settings
  expect(previewDestination(flags, others, { preview, ci }).gitopsBaseline).toEqual({
    reason: "without gitops in slipway.yaml, no release is known to be deployed",
  })
})
