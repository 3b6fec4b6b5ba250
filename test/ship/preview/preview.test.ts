import { afterEach, describe, expect, test } from "vitest"
import { SlipwayError } from "../../../lib/error.ts"
import type { Context } from "../../../lib/ship/context.ts"
import { sourceForge } from "../../../lib/ship/preview/options.ts"
import { noteFailure, openPreview, supersededBy } from "../../../lib/ship/preview/preview.ts"
import { type FakeRequest, type FakeRequests, OURS, startRequests } from "../../e2e/fake-requests.ts"

const [commit, other] = ["0a".repeat(20), "1b".repeat(20)]
const repository = "ghcr.io/acme/hello"
const marker = `<!-- slipway preview of ${repository} -->`
const token = { plaintext: async () => "t0ken" } as never
const revision = { commit, dirty: false, time: 1, tags: [] }

let forge: FakeRequests | undefined
afterEach(async () => {
  await forge?.stop()
})

async function previewOf(request?: FakeRequest) {
  forge = await startRequests()
  if (request) forge.requests.set(7, request)
  const access = sourceForge({ repo: "https://github.com/acme/hello", endpoint: forge.url }, { token })
  return { number: 7, commit, tag: `pr-7-${commit}`, access }
}

describe("a preview is opened", () => {
  test("for an open request of the own repository at its head", async () => {
    const preview = await previewOf({ state: "open", head: commit })
    await expect(openPreview(preview, { repository, revision })).resolves.toBeUndefined()
  })

  test.each<{ name: string; request?: FakeRequest; source?: Partial<typeof revision>; error: RegExp }>([
    {
      name: "a fork",
      request: { state: "open", head: commit, fork: true },
      error: /^PREVIEW_REFUSED: .*got a pull request from a fork, which is never shipped/,
    },
    { name: "a closed request", request: { state: "closed", head: commit }, error: /got the pull request 7 is closed/ },
    {
      name: "an older commit",
      request: { state: "open", head: other },
      error: new RegExp(`got the pull request 7 is at ${other} by now`),
    },
    { name: "a request that the forge does not know", error: /^FORGE_REFUSED: expected GitHub to show/ },
    {
      name: "a merge commit",
      request: { state: "open", head: commit },
      source: { commit: other },
      error: new RegExp(`expected the source to be the request's head, ${commit}, without changes, got ${other}`),
    },
    {
      name: "uncommitted changes",
      request: { state: "open", head: commit },
      source: { dirty: true },
      error: /got 0a\w+ with uncommitted changes/,
    },
  ])("but not for $name", async ({ request, source, error }) => {
    const preview = await previewOf(request)
    await expect(openPreview(preview, { repository, revision: { ...revision, ...source } })).rejects.toThrow(error)
  })
})

test("a bump is superseded by a newer commit and by the end of its request", async () => {
  expect(await supersededBy(await previewOf({ state: "open", head: commit }))).toBeUndefined()
  await forge?.stop()
  expect(await supersededBy(await previewOf({ state: "closed", head: commit }))).toBe("the pull request 7 is closed")
})

describe("a failed run", () => {
  type Options = { request?: FakeRequest; opened?: boolean }
  async function fail({ request = { state: "open", head: commit }, opened = true }: Options): Promise<Context> {
    const preview = await previewOf(request)
    const stage = { startedAt: new Date(0).toISOString(), seconds: 1 }
    const context = {
      options: { preview, tools: {} },
      facts: { mode: "delivery", repository },
      stages: [
        { name: "open", ...stage, status: opened ? "done" : "failed" },
        { name: "scan", ...stage, status: "failed" },
      ],
    } as unknown as Context
    const error = new SlipwayError("GATE_FAILED", { expected: "no finding", got: "s3cret", fix: "Fix it." })
    await noteFailure(context, error)
    return context
  }
  const bodies = () => forge?.comments.filter(({ user }) => user === OURS).map(({ body }) => body)

  test("is told on its request, without its output", async () => {
    const { facts } = await fail({})
    expect(facts.preview).toMatchObject({ status: "shipped", number: 7, comment: { status: "created" } })
    expect(bodies()).toEqual([expect.stringContaining(`${marker}\n### ❌ No preview of this commit: failed in scan`)])
    expect(bodies()?.join()).not.toContain("s3cret")
  })

  test.each<{ name: string } & Options>([
    { name: "its commit is an older one", request: { state: "open", head: other } },
    { name: "its request was refused", opened: false },
  ])("writes nothing if $name", async (options) => {
    await fail(options)
    expect(bodies()).toEqual([])
  })
})
