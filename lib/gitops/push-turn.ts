import { type PushReport, parsePushReport } from "./push-report.ts"

/** What became of a push in turn: the last commit that was tried, after how many pushes, and who came before. */
export type PushTurn = { commit?: string; tries: number; overtaken: string[]; report: PushReport }

/** Reads what the program of push-in-turn.sh printed; one that never came to its end was one try. */
export function parsePushTurn(stdout: string): PushTurn {
  const [, commit] = stdout.match(/^commit ([0-9a-f]{40,64})$/m) ?? []
  const [, tries = "1"] = stdout.match(/^tries ([0-9]+)$/m) ?? []
  const overtaken = [...stdout.matchAll(/^overtaken ([0-9a-f]{40,64})$/gm)].map(([, other]) => other ?? "")
  return { ...(commit && { commit }), tries: Number(tries), overtaken, report: parsePushReport(stdout) }
}
