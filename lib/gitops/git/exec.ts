import { type Container, ReturnType } from "@dagger.io/dagger"
import { type Backoff, longestPause, retry } from "../../engine/concurrency.ts"
import {
  type Run,
  readFatalResult,
  readToolResult,
  TOOL_SECONDS,
  type ToolResult,
  timeoutResult,
  withEffect,
  within,
} from "../../engine/tool.ts"
import { SlipwayError } from "../../error.ts"
import type { PushReport } from "./output.ts"

/** Pauses between the tries of a bump, in milliseconds. */
export const BACKOFF: Backoff = { base: 250, cap: 8_000 }
/** Pauses after HTTP 429, in milliseconds. */
const THROTTLED: Backoff = { base: 10_000, cap: 30_000 }

/**
 * Returns the pause before another try: a random part ("full jitter") of a bound that doubles, so that writers that
 * collided once do not collide again. `random` is between 0 and 1.
 */
export function pause(tries: number, backoff: Backoff, random: number): number {
  return Math.round(longestPause(tries, backoff) * random)
}

/** The result of a program. A failure is a value, because most callers decide on it. */
export type ExecResult = ToolResult & { container: Container }

/** Runs a program on the container's files; the engine caches the result for the same files. */
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
 * One try of one run, which never uses cached results of the remote repository. `deadline`, in milliseconds since 1970,
 * also ends the wait for a server that accepts a connection and sends nothing; default some minutes after each call.
 */
export type Attempt = { run: Run; tries: number; deadline?: number }

/** The time so many seconds from now, in milliseconds since 1970. */
export function deadlineOf(seconds: number): number {
  return Date.now() + seconds * 1000
}

/** Runs a program that contacts a server, without the engine's cache; a timeout is a failed result. */
export async function runEffect(
  container: Container,
  args: string[],
  { run, tries, deadline }: Attempt,
): Promise<ExecResult> {
  const uncached = container.with(withEffect(run)).withEnvVariable("SLIPWAY_TRY", String(tries))
  return await runInTime(uncached, args, deadline)
}

/** Runs a program that may wait for a server; a timeout is a failed result. */
export async function runInTime(container: Container, args: string[], deadline?: number): Promise<ExecResult> {
  const seconds = deadline === undefined ? TOOL_SECONDS : Math.max(0, (deadline - Date.now()) / 1000)
  return await within(seconds, runTool(container, args), () => ({ container, ...timeoutResult(Math.round(seconds)) }))
}

const QUERY_TRIES = 3

/**
 * Reads from a server, and retries after a transient failure or HTTP 429. If the pause would end after the deadline, the
 * last result is returned.
 */
export async function queryServer(container: Container, args: string[], attempt: Attempt): Promise<ExecResult> {
  const query = (tries: number) => runEffect(container.withEnvVariable("SLIPWAY_QUERY", String(tries)), args, attempt)
  return await retry(query, ({ exitCode, stderr }, tries) => {
    if (exitCode === 0 || tries === QUERY_TRIES || !isTransient(stderr)) return undefined
    const wait = pause(tries, isThrottled(stderr) ? THROTTLED : BACKOFF, Math.random())
    return attempt.deadline !== undefined && Date.now() + wait > attempt.deadline ? undefined : wait / 1000
  })
}

type Explanation = { pattern: RegExp; got: string; fix: string; transient?: true }

/** Messages of the pinned git client in the C locale; never those of a server. */
const EXPLANATIONS: Explanation[] = [
  {
    pattern: /no answer within|Operation too slow/,
    got: "a server that accepted the connection and sent nothing",
    fix: "Check the server and the network of the engine, then run it again.",
  },
  {
    pattern: /error: 429/,
    got: "a server that limits the rate of requests",
    fix: "Run it again in some minutes: nothing was changed.",
    transient: true,
  },
  {
    pattern:
      /certificate verification failed|SSL certificate problem|certificate verify failed|unable to get local issuer/,
    got: "a certificate of an unknown authority",
    fix: "Pass the certificate of the server's authority, as PEM, in --git-ca-certificate.",
  },
  {
    pattern: /Remote branch .* not found|couldn't find remote ref/,
    got: "a repository without that branch",
    fix: "Create the branch, or set --branch to another.",
  },
  {
    // a forge also refuses a write to an archived repository so; its own words, if any, are quoted
    pattern: /error: 403/,
    got: "a login without permission, or a repository that is archived",
    fix: "Pass a --git-token that can write this repository, or unarchive the repository.",
  },
  {
    pattern: /Authentication failed|could not read (?:Username|Password)|error: 401|Permission denied \(/,
    got: "a refused login",
    fix: "Pass a --git-token (with --git-username where the forge requires one) or a --git-ssh-key that can read and write this repository.",
  },
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    got: "a server whose host key is not in --git-known-hosts",
    fix: "Verify the key with the server's operator, then add it to --git-known-hosts (ssh-keyscan prints it).",
  },
  {
    pattern:
      /[Rr]epository (?:.* )?not (?:found|exported)|does not (?:exist|appear to be a git repository)|error: 404|not found: did you run/,
    got: "no such repository",
    fix: "Check the address and the login: a forge also reports this if the login has no access to the repository.",
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
    got: "a server that does not respond",
    fix: "Check the address and the network of the engine, then run it again: nothing was changed.",
    transient: true,
  },
]

/** Whether another try may succeed. */
export function isTransient(stderr: string): boolean {
  const found = EXPLANATIONS.find(({ pattern }) => pattern.test(stderr))
  return found ? found.transient === true : false
}

/** Whether the server limits the rate of requests. */
function isThrottled(stderr: string): boolean {
  return /error: 429/.test(stderr)
}

/** Explains a failure of git and quotes its last lines. They contain no secret, because no address or argument does. */
export function gitFailure(expected: string, stderr: string): SlipwayError {
  const { got, fix } = EXPLANATIONS.find(({ pattern }) => pattern.test(stderr)) ?? {
    got: "a failure of git",
    fix: "Check git's message: nothing was changed.",
  }
  return new SlipwayError("GIT_FAILED", { expected, got: `${got} (${lastLines(stderr)})`, fix })
}

/** git ends with these after every refusal over SSH; the server's own words stand before them. */
const NO_REASON = /^(?:Cloning into|Please make sure you have the correct access rights|and the repository exists\.)/

/** The last lines of git's output, joined into one. */
export function lastLines(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !NO_REASON.test(line))
  return lines.slice(-3).join(" / ").slice(-400) || "no output"
}

/** The error of a server that refuses a commit for good. */
export function pushRefusal(
  branch: string,
  { report, result }: { report: PushReport; result: { stderr: string } },
): SlipwayError {
  const reason = report.status === "refused" || report.status === "behind" ? `${report.reason}; ` : ""
  return new SlipwayError("PUSH_REFUSED", {
    expected: `the server to accept a commit on ${branch}`,
    got: `${reason}${lastLines(result.stderr)}`,
    fix: "Allow this login to push to the protected branch, or propose the change with --pull-request. Nothing was changed.",
  })
}
