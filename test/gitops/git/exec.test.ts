import type { Container } from "@dagger.io/dagger"
import { afterEach, describe, expect, test, vi } from "vitest"
import { newRun } from "../../../lib/engine/tool.ts"
import { fetchProposalBranch } from "../../../lib/gitops/git/checkout.ts"
import {
  deadlineOf,
  gitFailure,
  isTransient,
  lastLines,
  pause,
  pushRefusal,
  queryServer,
} from "../../../lib/gitops/git/exec.ts"
import { parseGitBranch } from "../../../lib/gitops/git/remote.ts"
import { type Reply, stubGit } from "../stub-git.ts"

describe("exec", () => {
  describe("backoff", () => {
    const backoff = { base: 100, cap: 1000 }

    test.each([
      { tries: 1, longest: 100 },
      { tries: 2, longest: 200 },
      { tries: 4, longest: 800 },
      { tries: 5, longest: 1000 },
      { tries: 400, longest: 1000 },
    ])("pauses between 0 and $longest ms after $tries tries", ({ tries, longest }) => {
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
      queryServer(container, ["git", "fetch"], { run: newRun(), tries: 1, deadline: deadlineOf(seconds) })

    test.each<[string, Reply[], Reply, number]>([
      ["once after a success", [DONE, RESET], DONE, 1],
      ["again after a reset connection", [RESET, RESET, DONE], DONE, 3],
      ["again after HTTP 429", [THROTTLED, DONE], DONE, 2],
      ["at most three times", [RESET, RESET, RESET, DONE], RESET, 3],
      ["once after a refused login", [REFUSED, DONE], REFUSED, 1],
    ])("queries a server %s", async (_, replies, last, times) => {
      vi.spyOn(Math, "random").mockReturnValue(0)
      const { container, calls } = stubGit(...replies)
      const { exitCode, stderr } = await ask(container)
      expect({ exitCode, stderr }).toEqual({ exitCode: last.exitCode, stderr: last.stderr ?? "" })
      expect(calls.map(({ variables }) => variables["SLIPWAY_QUERY"])).toEqual(["1", "2", "3"].slice(0, times))
    })

    test("pauses longer after HTTP 429", async () => {
      vi.spyOn(Math, "random").mockReturnValue(0.01) // 100 ms of the 10 s; of the 250 ms for others 2.5 ms
      const begin = Date.now()
      await ask(stubGit(THROTTLED, DONE).container)
      expect(Date.now() - begin).toBeGreaterThanOrEqual(95)
    })

    test.each([
      ["HTTP 429", THROTTLED, 5],
      ["a reset connection", RESET, 0.1],
    ])("returns the last result after %s if the pause would end after the deadline", async (_, reply, seconds) => {
      vi.spyOn(Math, "random").mockReturnValue(0.9)
      const { container, calls } = stubGit(reply, DONE)
      expect((await ask(container, seconds)).stderr).toBe(reply.stderr)
      expect(calls).toHaveLength(1)
    })

    test("fetches the branch of an earlier run again after a transient failure", async () => {
      vi.spyOn(Math, "random").mockReturnValue(0)
      const branch = parseGitBranch("slipway/app")
      const attempt = { run: newRun(), tries: 1, deadline: deadlineOf(60) }
      const commit = "0a".repeat(20)
      const { container, calls } = stubGit(
        RESET,
        { exitCode: 0 },
        { exitCode: 0, stdout: `${commit} 1790000000 Ann\n Bump\n` },
      )
      expect((await fetchProposalBranch(container, branch, attempt)).tip).toMatchObject({ commit, author: "Ann" })
      expect(calls.map(({ args }) => args.find((arg) => ["fetch", "log"].includes(arg)))).toEqual([
        "fetch",
        "fetch",
        "log",
      ])
      const none = stubGit({ exitCode: 128, stderr: "fatal: couldn't find remote ref refs/heads/slipway/app" })
      expect((await fetchProposalBranch(none.container, branch, attempt)).tip).toBeUndefined()
      const refused = fetchProposalBranch(stubGit(REFUSED).container, branch, attempt)
      await expect(refused).rejects.toThrow(/^GIT_FAILED: .*a refused login/)
    })
  })
})

describe("failure", () => {
  describe("git failure", () => {
    // Captured from git 2.39.5 in the C locale.
    const CASES = [
      {
        name: "a missing branch",
        stderr:
          "Cloning into 'x'...\nwarning: Could not find remote branch nope to clone.\nfatal: Remote branch nope not found in upstream origin",
        got: "a repository without that branch",
        transient: false,
      },
      {
        name: "a refused token",
        stderr: "fatal: Authentication failed for 'https://git/a.git/'",
        got: "a refused login",
        transient: false,
      },
      {
        name: "no login",
        stderr: "fatal: could not read Username for 'https://git': terminal prompts disabled",
        got: "a refused login",
        transient: false,
      },
      {
        name: "a login without permission to push",
        stderr: "fatal: unable to access 'https://git/a.git/': The requested URL returned error: 403",
        got: "a login without permission, or a repository that is archived",
        transient: false,
      },
      {
        name: "a refused SSH key",
        stderr: "git@git: Permission denied (publickey).\nfatal: Could not read from remote repository.",
        got: "a refused login",
        transient: false,
      },
      {
        name: "an unknown host key",
        stderr: "Host key verification failed.\nfatal: Could not read from remote repository.",
        got: "a server whose host key is not in --git-known-hosts",
        transient: false,
      },
      {
        name: "a missing repository",
        stderr: "fatal: repository 'http://git/a.git/' not found",
        got: "no such repository",
        transient: false,
      },
      {
        name: "a missing repository on a git daemon",
        stderr: "fatal: remote error: access denied or repository not exported: /x.git",
        got: "no such repository",
        transient: false,
      },
      {
        name: "an unknown host",
        stderr: "fatal: unable to access 'https://nope.invalid/a/': Could not resolve host: nope.invalid",
        got: "a host name that cannot be resolved",
        transient: true,
      },
      {
        name: "an unknown host of a git daemon",
        stderr: "fatal: unable to look up nope.invalid (port 9418) (Name or service not known)",
        got: "a host name that cannot be resolved",
        transient: true,
      },
      {
        name: "a closed port",
        stderr:
          "fatal: unable to access 'http://git:1/': Failed to connect to git port 1 after 0 ms: Couldn't connect to server",
        got: "a server that does not respond",
        transient: true,
      },
      {
        name: "a cut connection",
        stderr: "fatal: the remote end hung up unexpectedly",
        got: "a server that does not respond",
        transient: true,
      },
      {
        name: "an internal server error",
        stderr: "fatal: unable to access 'http://git/a.git/': The requested URL returned error: 502",
        got: "a server that does not respond",
        transient: true,
      },
      {
        name: "HTTP 429",
        stderr: "fatal: unable to access 'http://git/a.git/': The requested URL returned error: 429",
        got: "a server that limits the rate of requests",
        transient: true,
      },
      {
        name: "a silent server",
        stderr: "Error: no answer within 20 s",
        got: "a server that accepted the connection and sent nothing",
        transient: false,
      },
      {
        name: "a server that stops during a transfer",
        stderr:
          "error: RPC failed; curl 28 Operation too slow. Less than 1 bytes/sec transferred the last 60 seconds\nfatal: the remote end hung up unexpectedly",
        got: "a server that accepted the connection and sent nothing",
        transient: false,
      },
      {
        name: "a private authority",
        stderr:
          "fatal: unable to access 'https://git/a.git/': server certificate verification failed. CAfile: none CRLfile: none",
        got: "a certificate of an unknown authority",
        transient: false,
      },
      {
        name: "a private authority, as OpenSSL reports it",
        stderr:
          "fatal: unable to access 'https://git/a.git/': SSL certificate problem: unable to get local issuer certificate",
        got: "a certificate of an unknown authority",
        transient: false,
      },
      { name: "another failure", stderr: "fatal: something new", got: "a failure of git", transient: false },
    ]

    test.each(CASES)("explains $name", ({ stderr, got, transient }) => {
      const error = gitFailure("to clone the branch main of https://git/a.git", stderr)
      expect(error.message).toContain(
        `GIT_FAILED: expected to clone the branch main of https://git/a.git, got ${got} (`,
      )
      expect(isTransient(stderr)).toBe(transient)
    })

    test("joins the last lines of git's output, up to 400 characters", () => {
      expect(lastLines("Cloning into 'x'...\n\n a\nb\nc\nd\n")).toBe("b / c / d")
      expect(lastLines(`${"x".repeat(1000)}`)).toHaveLength(400)
      expect(lastLines("\n")).toBe("no output")
      const words = "Gitea: Deploy Key: 5:key is not authorized to write to acme/deploy."
      const refusal = `${words}\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n`
      expect(lastLines(refusal)).toBe(`${words} / fatal: Could not read from remote repository.`)
    })
  })

  describe("push refused", () => {
    test("shows the server's message, and the option for a protected branch", () => {
      const refused = {
        report: { status: "refused" as const, reason: "protected" },
        result: { stderr: "remote: no\n" },
      }
      expect(pushRefusal("main", refused).message).toMatch(
        /^PUSH_REFUSED: expected the server to accept a commit on main, got protected; remote: no\. .*--pull-request/,
      )
    })
  })
})
