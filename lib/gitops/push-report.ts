/** What one push came to. Without a line of its own for the ref, the server never answered. */
export type PushReport =
  | { status: "accepted"; from: string; to: string }
  | { status: "up-to-date" }
  | { status: "behind"; reason: string }
  | { status: "refused"; reason: string }
  | { status: "unanswered" }

// https://git-scm.com/docs/git-push#_output: <flag> TAB <from>:<to> TAB <summary> [(<reason>)]
const LINE = /^([ +\-*!=])\t[^\t]*\t(.*)$/m

/**
 * Reads `git push --porcelain` of one ref. "behind" is what git itself saw before sending, from the server's list of
 * refs; "refused" is any other no, and whether that was a race is for the caller to see in the ref, not in the wording.
 */
export function parsePushReport(stdout: string): PushReport {
  const [, flag, summary = ""] = stdout.match(LINE) ?? []
  if (flag === undefined) return { status: "unanswered" }
  if (flag === "=") return { status: "up-to-date" }
  if (flag !== "!") return { status: "accepted", ...range(summary) }
  return { status: summary.startsWith("[rejected]") ? "behind" : "refused", reason: reason(summary) }
}

function range(summary: string): { from: string; to: string } {
  const [, from = "", to = ""] = summary.match(/^([0-9a-f]+)\.{2,3}([0-9a-f]+)/) ?? []
  return { from, to }
}

function reason(summary: string): string {
  return summary.replace(/^\[[^\]]*\]\s*/, "").replace(/^\((.*)\)$/, "$1") || summary
}
