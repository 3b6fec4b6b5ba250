import { describe, expect, test } from "vitest"
import { leftOut, previewRetention, removalMessage } from "../../../lib/ship/preview/overlay-retention.ts"

const token = { plaintext: async () => "t" } as never
const gitops = { repo: "https://git.example/deploy", branch: "live", authorName: "Robot" }
const preview = { repo: "https://github.com/acme/hello", gitops: { path: "previews/pr-{number}" } }
const author = { name: "Robot", email: "robot@example.com", signOff: false }

describe("the retention of previews", () => {
  test("asks the source's forge, and looks in the GitOps repository of the release by default", () => {
    expect(previewRetention({ preview, gitops }, { token, git: {} })).toMatchObject({
      access: { place: { repository: "acme/hello" } },
      overlays: { git: { repo: gitops.repo }, branch: "live", template: "previews/pr-{number}", authorName: "Robot" },
    })
  })

  test.each([
    { name: "the setting", settings: { gitops }, access: { token, git: {} } },
    { name: "a token", settings: { preview, gitops }, access: { git: {} } },
  ])("is left to the rules without $name", ({ settings, access }) => {
    expect(previewRetention(settings, access)).toBeUndefined()
  })

  test("has no overlays where the controller takes the tag", () => {
    const settings = { preview: true, gitops }
    const found = previewRetention(settings, { token, git: {}, sourceUrl: "https://github.com/acme/hello" })
    expect(found).not.toHaveProperty("overlays")
  })
})

test("the commit of a removal is one of previews", () => {
  const [one, two] = [7, 9].map((number) => ({ number, path: `previews/pr-${number}` }))
  expect(removalMessage([one as never], author)).toBe("Remove the preview of request 7\n\nSlipway-Kind: preview\n")
  expect(removalMessage([one as never, two as never], { ...author, signOff: true })).toBe(
    "Remove the previews of requests 7, 9\n\nSlipway-Kind: preview\nSigned-off-by: Robot <robot@example.com>\n",
  )
})

test.each([
  { name: "the same branch", searched: { repo: gitops.repo, branches: ["live"] }, paths: ["previews/pr-7"] },
  { name: "another branch too", searched: { repo: gitops.repo, branches: ["live", "main"] }, paths: [] },
  { name: "another repository", searched: { repo: "https://git.example/other", branches: ["live"] }, paths: [] },
])("a search of $name leaves out $paths", ({ searched, paths }) => {
  const retention = previewRetention({ preview, gitops }, { token, git: {} })
  const removed = { overlays: [{ number: 7, path: "previews/pr-7" }] }
  expect(leftOut(retention as NonNullable<typeof retention>, removed, searched)).toEqual(paths)
})
