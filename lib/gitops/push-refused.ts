import { SlipwayError } from "../error.ts"
import { lastWords } from "./git-failure.ts"
import type { PushReport } from "./push-report.ts"

/** A server that does not want a commit, which another try would not change. */
export function pushRefused(
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
