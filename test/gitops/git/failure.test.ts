import { describe, expect, test } from "vitest"
import { gitFailure, isTransient, lastWords, pushRefusal } from "../../../lib/gitops/git/failure.ts"

describe("git failure", () => {
  // Captured from git 2.39.5 in the C locale.
  const CASES = [
    {
      name: "a branch that is not there",
      stderr:
        "Cloning into 'x'...\nwarning: Could not find remote branch nope to clone.\nfatal: Remote branch nope not found in upstream origin",
      got: "a repository without it",
      transient: false,
    },
    {
      name: "a login that is refused",
      stderr: "fatal: Authentication failed for 'https://git/a.git/'",
      got: "a refusal of the login",
      transient: false,
    },
    {
      name: "no login",
      stderr: "fatal: could not read Username for 'https://git': terminal prompts disabled",
      got: "a refusal of the login",
      transient: false,
    },
    {
      name: "a login that may not push",
      stderr: "fatal: unable to access 'https://git/a.git/': The requested URL returned error: 403",
      got: "a refusal of the login",
      transient: false,
    },
    {
      name: "a key that is refused",
      stderr: "git@git: Permission denied (publickey).\nfatal: Could not read from remote repository.",
      got: "a refusal of the login",
      transient: false,
    },
    {
      name: "an unknown host key",
      stderr: "Host key verification failed.\nfatal: Could not read from remote repository.",
      got: "a server whose host key is not in --git-known-hosts",
      transient: false,
    },
    {
      name: "no repository",
      stderr: "fatal: repository 'http://git/a.git/' not found",
      got: "no such repository",
      transient: false,
    },
    {
      name: "no repository on a daemon",
      stderr: "fatal: remote error: access denied or repository not exported: /x.git",
      got: "no such repository",
      transient: false,
    },
    {
      name: "no such host",
      stderr: "fatal: unable to access 'https://nope.invalid/a/': Could not resolve host: nope.invalid",
      got: "a host name that cannot be resolved",
      transient: true,
    },
    {
      name: "no such host for a daemon",
      stderr: "fatal: unable to look up nope.invalid (port 9418) (Name or service not known)",
      got: "a host name that cannot be resolved",
      transient: true,
    },
    {
      name: "a closed port",
      stderr:
        "fatal: unable to access 'http://git:1/': Failed to connect to git port 1 after 0 ms: Couldn't connect to server",
      got: "a server that does not answer",
      transient: true,
    },
    {
      name: "a cut connection",
      stderr: "fatal: the remote end hung up unexpectedly",
      got: "a server that does not answer",
      transient: true,
    },
    {
      name: "a server's own failure",
      stderr: "fatal: unable to access 'http://git/a.git/': The requested URL returned error: 502",
      got: "a server that does not answer",
      transient: true,
    },
    {
      name: "a server that wants to be asked later",
      stderr: "fatal: unable to access 'http://git/a.git/': The requested URL returned error: 429",
      got: "a server that is asked too often",
      transient: true,
    },
    {
      name: "a server that says nothing",
      stderr: "Error: no answer within 20 s",
      got: "a server that took the connection and said nothing",
      transient: false,
    },
    {
      name: "a server that stops in the middle",
      stderr:
        "error: RPC failed; curl 28 Operation too slow. Less than 1 bytes/sec transferred the last 60 seconds\nfatal: the remote end hung up unexpectedly",
      got: "a server that took the connection and said nothing",
      transient: false,
    },
    {
      name: "a private authority",
      stderr:
        "fatal: unable to access 'https://git/a.git/': server certificate verification failed. CAfile: none CRLfile: none",
      got: "a certificate of an authority that git does not know",
      transient: false,
    },
    {
      name: "a private authority, as OpenSSL says it",
      stderr:
        "fatal: unable to access 'https://git/a.git/': SSL certificate problem: unable to get local issuer certificate",
      got: "a certificate of an authority that git does not know",
      transient: false,
    },
    { name: "anything else", stderr: "fatal: something new", got: "a failure of git", transient: false },
  ]

  test.each(CASES)("explains $name", ({ stderr, got, transient }) => {
    const error = gitFailure("the branch main of https://git/a.git", stderr)
    expect(error.message).toContain(`GIT_FAILED: expected the branch main of https://git/a.git, got ${got} (`)
    expect(isTransient(stderr)).toBe(transient)
  })

  test("shows git's last words on one line, and not too many", () => {
    expect(lastWords("Cloning into 'x'...\n\n a\nb\nc\nd\n")).toBe("b / c / d")
    expect(lastWords(`${"x".repeat(1000)}`)).toHaveLength(400)
    expect(lastWords("\n")).toBe("it printed nothing")
  })
})

describe("push refused", () => {
  test("shows the server's words, and the way around a protected branch", () => {
    const refused = { report: { status: "refused" as const, reason: "protected" }, answer: { stderr: "remote: no\n" } }
    expect(pushRefusal("main", refused).message).toMatch(
      /^PUSH_REFUSED: expected the server to take a commit on main, got protected; remote: no\. .*--pull-request/,
    )
  })
})
