import type { Container } from "@dagger.io/dagger"
import { beforeEach, describe, expect, test, vi } from "vitest"
import { newRun } from "../../lib/config/effect.ts"
import { SlipwayError } from "../../lib/error.ts"
import type { BumpContext } from "../../lib/gitops/bump-context.ts"
import { findRequest, openRequest } from "../../lib/gitops/forge/ask.ts"
import { parseGitBranch } from "../../lib/gitops/git-branch.ts"
import type { LoggedCommit } from "../../lib/gitops/git-log.ts"
import { parseImageName } from "../../lib/gitops/image-name.ts"
import { fetchOwn, moveOwn } from "../../lib/gitops/own-checkout.ts"
import { proposeBump, type RequestDelivery } from "../../lib/gitops/propose.ts"
import type { PushReport } from "../../lib/gitops/push-report.ts"
import { parseRepositoryPath } from "../../lib/gitops/repository-path.ts"
import type { BumpRequest } from "../../lib/gitops/request.ts"
import { parseDigestRef } from "../../lib/oci/digest-ref.ts"

vi.mock("../../lib/gitops/branch-history.ts", () => ({ openBranch: vi.fn() }))
vi.mock("../../lib/gitops/checkout.ts", () => ({ diffFiles: async () => "the diff" }))
vi.mock("../../lib/gitops/own-checkout.ts", () => ({ fetchOwn: vi.fn(), moveOwn: vi.fn(), hasSameFiles: vi.fn() }))
vi.mock("../../lib/gitops/forge/ask.ts", () => ({ findRequest: vi.fn(), openRequest: vi.fn(), mergeRequest: vi.fn() }))
vi.mock("../../lib/gitops/bump.ts", () => ({ waitForTurn: vi.fn(), outOfTime: vi.fn() }))
vi.mock("../../lib/gitops/bump-plan.ts", () => ({
  planOn: async () => ({
    checkout: {},
    files: new Map([["prod/kustomization.yaml", {}]]),
    changes: [],
    kept: [],
    notes: [],
  }),
  commitPlan: async () => ({ container: {}, commit: made, message: "Bump web\n" }),
}))

const [made, theirs] = ["0a".repeat(20), "0b".repeat(20)]
const checkout = {} as Container
const images = [{ image: parseImageName("web"), ref: parseDigestRef(`ghcr.io/acme/web@sha256:${"0a".repeat(32)}`) }]
const path = parseRepositoryPath("prod")
const request: BumpRequest = {
  ...{
    kind: "bump",
    branch: parseGitBranch("main"),
    source: { order: 1_790_000_000 },
    message: "Bump web",
    timeout: 60,
  },
  changes: [{ kind: "overlay", path, images }],
  author: { name: "Ann", email: "ann@acme.example", signOff: false },
}
const forge = { noun: "pull request", name: "GitHub" }
const delivery = { kind: "request", autoMerge: false, forge } as unknown as RequestDelivery
const context = { run: newRun() } as BumpContext
const propose = () => proposeBump(request, { context, delivery })

const bumps = images.map((image) => ({ path, ...image }))
const tip = (order: number): LoggedCommit => ({
  ...{ commit: theirs, time: order, author: "Ann", message: "Bump web\n" },
  trailers: { kind: "bump", bumps, source: { order } },
})
const answers = (report: PushReport, stderr = "") => ({
  report,
  answer: { container: checkout, exitCode: 1, stdout: "", stderr },
})
const ACCEPTED = answers({ status: "accepted", from: "", to: made })
const opened = { request: { url: "https://git.test/pulls/8" } as never, how: "opened" as const }

beforeEach(() => {
  vi.mocked(fetchOwn).mockReset().mockResolvedValue({ checkout })
  vi.mocked(moveOwn).mockReset().mockResolvedValue(ACCEPTED)
  vi.mocked(findRequest).mockReset().mockResolvedValue(undefined)
  vi.mocked(openRequest).mockReset().mockResolvedValue(opened)
})

describe("what an earlier run proposed", () => {
  beforeEach(() => void vi.mocked(fetchOwn).mockResolvedValue({ checkout, tip: tip(1_790_000_009) }))

  test("stays, if it is newer and still open", async () => {
    vi.mocked(findRequest).mockResolvedValue({ url: "https://git.test/pulls/7" } as never)
    expect(await propose()).toMatchObject({ status: "superseded", commit: theirs, request: "https://git.test/pulls/7" })
    expect(moveOwn).not.toHaveBeenCalled()
  })

  test("is proposed again, if its request was closed", async () => {
    expect(await propose()).toMatchObject({
      status: "requested",
      request: { url: "https://git.test/pulls/8", how: "opened" },
    })
    expect(vi.mocked(moveOwn).mock.calls[0]?.[1]).toMatchObject({ from: theirs, to: made })
    expect(vi.mocked(openRequest).mock.calls[0]?.[2]).toBeUndefined()
  })
})

describe("a branch of which no request came", () => {
  const refused = () =>
    new SlipwayError("FORGE_REFUSED", { expected: "GitHub to open it", got: "403", fix: "No pull request was opened." })
  beforeEach(() => void vi.mocked(openRequest).mockImplementation(() => Promise.reject(refused())))

  test.each([
    ["to where it was", tip(1_780_000_000), theirs],
    ["by deleting it, where there was none", undefined, undefined],
  ])("is put back %s, and the forge's refusal is told", async (_, before, to) => {
    vi.mocked(fetchOwn).mockResolvedValue({ checkout, ...(before && { tip: before }) })
    await expect(propose()).rejects.toThrow(refused().message)
    expect(vi.mocked(moveOwn).mock.calls.map(([, move]) => move)).toMatchObject([{ to: made }, { from: made, to }])
  })

  test("is left to whoever moved it since", async () => {
    vi.mocked(moveOwn)
      .mockResolvedValueOnce(ACCEPTED)
      .mockResolvedValue(answers({ status: "behind", reason: "stale info" }))
    await expect(propose()).rejects.toThrow(new RegExp(`^${refused().message}$`))
  })

  test.each<[string, () => Promise<Awaited<ReturnType<typeof moveOwn>>>, string]>([
    [
      "the server refuses",
      async () => answers({ status: "refused", reason: "hook declined" }, "error: hook"),
      "error: hook",
    ],
    [
      "the server does not answer",
      async () => answers({ status: "unanswered" }, "fatal: early EOF"),
      "fatal: early EOF",
    ],
    ["git does not run", () => Promise.reject(new Error("engine ended")), "engine ended"],
  ])("is named if it stays, since %s", async (_, back, reason) => {
    vi.mocked(moveOwn).mockResolvedValueOnce(ACCEPTED).mockImplementation(back)
    const error: SlipwayError = await propose().then(
      () => expect.fail("it was proposed"),
      (thrown) => thrown,
    )
    expect(error.code).toBe("FORGE_REFUSED")
    const branch = vi.mocked(moveOwn).mock.calls[0]?.[1].branch
    expect(error.message).toBe(
      `${refused().message} Its branch ${branch} could not be put back and may still be at ${made} (${reason}): delete it, or run this again.`,
    )
  })
})
