import { SlipwayError } from "../../error.ts"
import type { PushReport } from "./output.ts"

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
export function isThrottled(stderr: string): boolean {
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
