import { type Container, ReturnType } from "@dagger.io/dagger"
import { type Backoff, longestPause, retry } from "../../engine/concurrency.ts"
import {
  type ToolResult as Answered,
  type Run,
  readFatalResult,
  readToolResult,
  TOOL_SECONDS,
  timeoutResult,
  withEffect,
  within,
} from "../../engine/tool.ts"
import { SlipwayError } from "../../error.ts"
import type { PushReport } from "./output.ts"

/** How long one bump may keep trying, and how it spreads out. Times are milliseconds. */
export const BACKOFF: Backoff = { base: 250, cap: 8_000 }
/** For a server that says that it is asked too often. */
const THROTTLED: Backoff = { base: 10_000, cap: 30_000 }

/**
 * The pause before another try: a random part ("full jitter") of a bound that doubles, so that writers who collided once
 * do not collide again. `random` is between 0 and 1.
 */
export function pause(tries: number, backoff: Backoff, random: number): number {
  return Math.round(longestPause(tries, backoff) * random)
}

/** What a program answered. Its "no" is a value: most of them are decided on. */
export type ExecResult = Answered & { container: Container }

/** Runs a program on what is in the container; the same on the same content is answered from the engine's cache. */
export async function runTool(container: Container, args: string[]): Promise<ExecResult> {
  const ran = container.withExec(args, { expect: ReturnType.Any })
  try {
    return { container: ran, ...(await readToolResult(ran)) }
  } catch (error) {
    const fatal = readFatalResult(error)
    if (!fatal) throw error
    return { container: ran, ...fatal }
  }
}

/**
 * One try of one run: what reads or changes the remote repository is done anew in each. A server that takes a connection
 * and says nothing is waited for until the deadline, in milliseconds since 1970; default some minutes from each question.
 */
export type Attempt = { run: Run; tries: number; deadline?: number }

/** The moment so many seconds from now. */
export function deadlineOf(seconds: number): number {
  return Date.now() + seconds * 1000
}

/** Runs what meets the world outside the engine; no answer in time is a "no" too. */
export async function runEffect(
  container: Container,
  args: string[],
  { run, tries, deadline }: Attempt,
): Promise<ExecResult> {
  const meeting = container.with(withEffect(run)).withEnvVariable("SLIPWAY_TRY", String(tries))
  return await runInTime(meeting, args, deadline)
}

/** Runs what may wait for a server; no answer by the deadline is a "no" too. */
export async function runInTime(container: Container, args: string[], deadline?: number): Promise<ExecResult> {
  const seconds = deadline === undefined ? TOOL_SECONDS : Math.max(0, (deadline - Date.now()) / 1000)
  return await within(seconds, runTool(container, args), () => ({ container, ...timeoutResult(Math.round(seconds)) }))
}

const ASK_TRIES = 3

/**
 * Asks a server what changes nothing there: one that stumbles, or wants to be asked later, is asked again, unless the pause
 * would end after the deadline: then the server's own words are the answer.
 */
export async function askServer(container: Container, args: string[], attempt: Attempt): Promise<ExecResult> {
  const ask = (asked: number) => runEffect(container.withEnvVariable("SLIPWAY_ASKED", String(asked)), args, attempt)
  return await retry(ask, ({ exitCode, stderr }, asked) => {
    if (exitCode === 0 || asked === ASK_TRIES || !isTransient(stderr)) return undefined
    const wait = pause(asked, isThrottled(stderr) ? THROTTLED : BACKOFF, Math.random())
    return attempt.deadline !== undefined && Date.now() + wait > attempt.deadline ? undefined : wait / 1000
  })
}

type Explanation = { pattern: RegExp; got: string; fix: string; transient?: true }

/** git's own words in the C locale, of the client that the module pins; never those of a server. */
const EXPLANATIONS: Explanation[] = [
  {
    pattern: /no answer within|Operation too slow/,
    got: "a server that took the connection and said nothing",
    fix: "Look at the server, and at what is between it and the engine.",
  },
  {
    pattern: /error: 429/,
    got: "a server that is asked too often",
    fix: "Run it again in some minutes: nothing was changed.",
    transient: true,
  },
  {
    pattern:
      /certificate verification failed|SSL certificate problem|certificate verify failed|unable to get local issuer/,
    got: "a certificate of an authority that git does not know",
    fix: "Pass the certificate of the server's authority, as PEM, as --git-ca-certificate.",
  },
  {
    pattern: /Remote branch .* not found|couldn't find remote ref/,
    got: "a repository without it",
    fix: "Create the branch, or name another with --branch.",
  },
  {
    pattern: /Authentication failed|could not read (?:Username|Password)|error: 40[13]|Permission denied \(/,
    got: "a refusal of the login",
    fix: "Pass --git-token (with --git-username where the forge wants one) or --git-ssh-key that may read and write this repository.",
  },
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    got: "a server whose host key is not in --git-known-hosts",
    fix: "Check the key with the server's owner, then add it (ssh-keyscan prints it); never accept it unseen.",
  },
  {
    pattern:
      /[Rr]epository (?:.* )?not (?:found|exported)|does not (?:exist|appear to be a git repository)|error: 404|not found: did you run/,
    got: "no such repository",
    fix: "Check the address; a forge also says this to a login that may not see the repository.",
  },
  {
    pattern:
      /Could not resolve host|Name or service not known|Temporary failure in name resolution|unable to look up|Try again/,
    got: "a host name that cannot be resolved",
    fix: "Check the address and the network of the engine.",
    transient: true,
  },
  {
    pattern:
      /Connection refused|Failed to connect|[Cc]onnection timed out|No route to host|unable to connect|Connection reset|early EOF|hung up|error: 5[0-9][0-9]|RPC failed|Empty reply/,
    got: "a server that does not answer",
    fix: "Check the address and the network of the engine, then run it again: nothing was changed.",
    transient: true,
  },
]

/** Whether another try a moment later may help. */
export function isTransient(stderr: string): boolean {
  const found = EXPLANATIONS.find(({ pattern }) => pattern.test(stderr))
  return found ? found.transient === true : false
}

/** Whether a server wants to be asked later. */
function isThrottled(stderr: string): boolean {
  return /error: 429/.test(stderr)
}

/** One sentence for a person, with git's own last words. They hold no secret: credentials never are in an address or argument. */
export function gitFailure(expected: string, stderr: string): SlipwayError {
  const { got, fix } = EXPLANATIONS.find(({ pattern }) => pattern.test(stderr)) ?? {
    got: "a failure of git",
    fix: "Nothing was changed.",
  }
  return new SlipwayError("GIT_FAILED", { expected, got: `${got} (${lastWords(stderr)})`, fix })
}

/** The end of what git printed, on one line. */
export function lastWords(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^Cloning into/.test(line))
  return lines.slice(-3).join(" / ").slice(-400) || "it printed nothing"
}

/** A server that does not want a commit, which another try would not change. */
export function pushRefusal(
  branch: string,
  { report, answer }: { report: PushReport; answer: { stderr: string } },
): SlipwayError {
  const reason = report.status === "refused" || report.status === "behind" ? `${report.reason}; ` : ""
  return new SlipwayError("PUSH_REFUSED", {
    expected: `the server to take a commit on ${branch}`,
    got: `${reason}${lastWords(answer.stderr)}`,
    fix: "If the branch is protected, let this login push to it, or propose the change with --pull-request (of ship: gitops.pullRequest). Nothing was changed.",
  })
}
