import type { Container } from "@dagger.io/dagger"
import { afterEach, describe, expect, test, vi } from "vitest"
import { newRun } from "../../../lib/engine/tool.ts"
import { fetchProposalBranch } from "../../../lib/gitops/git/checkout.ts"
import { askServer, deadlineOf, pause } from "../../../lib/gitops/git/exec.ts"
import { parseGitBranch } from "../../../lib/gitops/git/remote.ts"
import { type Reply, stubGit } from "../stub-git.ts"

describe("backoff", () => {
  const backoff = { base: 100, cap: 1000 }

  test.each([
    { tries: 1, longest: 100 },
    { tries: 2, longest: 200 },
    { tries: 4, longest: 800 },
    { tries: 5, longest: 1000 },
    { tries: 400, longest: 1000 },
  ])("after $tries tries waits at most $longest ms, and anything down to nothing", ({ tries, longest }) => {
    expect(pause(tries, backoff, 1)).toBe(longest)
    expect(pause(tries, backoff, 0.5)).toBe(longest / 2)
    expect(pause(tries, backoff, 0)).toBe(0)
  })
})

describe("exec", () => {
  afterEach(() => vi.restoreAllMocks())

  const THROTTLED = {
    exitCode: 128,
    stderr: "fatal: unable to access 'https://g.test/': The requested URL returned error: 429",
  }
  const RESET = { exitCode: 128, stderr: "fatal: unable to access 'https://g.test/': Connection reset by peer" }
  const REFUSED = { exitCode: 128, stderr: "fatal: Authentication failed for 'https://g.test/'" }
  const DONE = { exitCode: 0, stdout: "done" }

  const ask = (container: Container, seconds = 60) =>
    askServer(container, ["git", "fetch"], { run: newRun(), tries: 1, deadline: deadlineOf(seconds) })

  test.each<[string, Reply[], Reply, number]>([
    ["that answers is asked once", [DONE, RESET], DONE, 1],
    ["that stumbles is asked again", [RESET, RESET, DONE], DONE, 3],
    ["that wants to be asked later is asked again", [THROTTLED, DONE], DONE, 2],
    ["that stumbles each time is asked three times", [RESET, RESET, RESET, DONE], RESET, 3],
    ["that refuses is asked once", [REFUSED, DONE], REFUSED, 1],
  ])("a server %s", async (_, replies, last, times) => {
    vi.spyOn(Math, "random").mockReturnValue(0)
    const { container, asked } = stubGit(...replies)
    const { exitCode, stderr } = await ask(container)
    expect({ exitCode, stderr }).toEqual({ exitCode: last.exitCode, stderr: last.stderr ?? "" })
    expect(asked.map(({ variables }) => variables["SLIPWAY_ASKED"])).toEqual(["1", "2", "3"].slice(0, times))
  })

  test("a server that wants to be asked later is left alone for a while", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.01) // 100 ms of the 10 s; of the 250 ms for others 2.5 ms
    const begin = Date.now()
    await ask(stubGit(THROTTLED, DONE).container)
    expect(Date.now() - begin).toBeGreaterThanOrEqual(95)
  })

  test.each([
    ["wants to be asked later", THROTTLED, 5],
    ["stumbles", RESET, 0.1],
  ])(
    "a server that %s is not waited for beyond the deadline, and its own answer is told",
    async (_, reply, seconds) => {
      vi.spyOn(Math, "random").mockReturnValue(0.9)
      const { container, asked } = stubGit(reply, DONE)
      expect((await ask(container, seconds)).stderr).toBe(reply.stderr)
      expect(asked).toHaveLength(1)
    },
  )

  test("the branch of an earlier run is looked at again after a server that stumbles", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0)
    const branch = parseGitBranch("slipway/app")
    const attempt = { run: newRun(), tries: 1, deadline: deadlineOf(60) }
    const commit = "0a".repeat(20)
    const { container, asked } = stubGit(
      RESET,
      { exitCode: 0 },
      { exitCode: 0, stdout: `${commit} 1790000000 Ann\n Bump\n` },
    )
    expect((await fetchProposalBranch(container, branch, attempt)).tip).toMatchObject({ commit, author: "Ann" })
    expect(asked.map(({ args }) => args.find((arg) => ["fetch", "log"].includes(arg)))).toEqual([
      "fetch",
      "fetch",
      "log",
    ])
    const none = stubGit({ exitCode: 128, stderr: "fatal: couldn't find remote ref refs/heads/slipway/app" })
    expect((await fetchProposalBranch(none.container, branch, attempt)).tip).toBeUndefined()
    const refused = fetchProposalBranch(stubGit(REFUSED).container, branch, attempt)
    await expect(refused).rejects.toThrow(/^GIT_FAILED: .*a refusal of the login/)
  })
})
