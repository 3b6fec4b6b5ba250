import { describe, expect, test } from "vitest"
import type { EnvironmentHistory } from "../../lib/gitops/deployment-history.ts"
import {
  duration,
  renderDeploymentHistory,
  renderDeploymentHistoryJson,
} from "../../lib/gitops/deployment-history-text.ts"
import { digestOf, parseDigestRef } from "../../lib/oci/reference.ts"

const SUBJECT = { url: "https://git.example/deploy", branches: ["main"], days: 30 }
const TIME = Date.parse("2026-11-30T12:03:59Z") / 1000
const HISTORY: EnvironmentHistory = {
  ...{ branch: "main", path: "prod", image: "web", days: 30, deployed: 1, rolledBack: 1, perWeek: 0.2333 },
  ...{ lead: 2520, restored: 90, failureRate: 1 },
  deployments: [
    {
      ...{ kind: "rollback", commit: "b".repeat(40), time: TIME, author: "slipway", restored: 90 },
      ref: parseDigestRef(`ghcr.io/acme/web@${digestOf("1")}`),
    },
    {
      ...{ kind: "bump", commit: "a".repeat(40), time: TIME - 90, author: "slipway", lead: 2520 },
      ref: parseDigestRef(`ghcr.io/acme/web@${digestOf("2")}`),
      source: { revision: "c".repeat(40) },
    },
  ],
}
const short = (build: string) => digestOf(build).slice(0, "sha256:".length + 12)

describe("deployment history", () => {
  test("is a table with the figures", () => {
    expect(renderDeploymentHistory([HISTORY], SUBJECT)).toBe(
      [
        "prod web: 1 deployment, 1 rollback in 30 days",
        "  deployment frequency 0.2 a week; lead time 42 min; change failure rate 100 %; time to restore 90 s",
        "  WHEN (UTC)        WHAT      IMAGE                SOURCE        LEAD    COMMIT",
        `  2026-11-30 12:03  rollback  ${short("1")}  -             -       bbbbbbbbbbbb`,
        `  2026-11-30 12:02  bump      ${short("2")}  cccccccccccc  42 min  aaaaaaaaaaaa`,
      ].join("\n"),
    )
  })

  test("names the branch of each environment if there are several", () => {
    const two = renderDeploymentHistory([HISTORY], { ...SUBJECT, branches: ["main", "eu"] })
    expect(two).toMatch(/^main: prod web: /)
  })

  test("leaves out a figure without a base", () => {
    const { lead: _, restored: __, failureRate: ___, ...bare } = HISTORY
    expect(renderDeploymentHistory([bare], SUBJECT)).toContain("\n  deployment frequency 0.2 a week\n")
  })

  test.each([
    { days: 30, says: "No deployments in the last 30 days of https://git.example/deploy main: history lists commits" },
    { days: 0, says: "No deployments in the whole history of https://git.example/deploy main: history lists" },
  ])("says that there is none, and what it looks for: $days days", ({ days, says }) => {
    expect(renderDeploymentHistory([], { ...SUBJECT, days })).toContain(says)
  })

  test("is JSON for a program", () => {
    const { version, repo, environments } = JSON.parse(renderDeploymentHistoryJson([HISTORY], SUBJECT))
    expect({ version, repo }).toEqual({ version: 1, repo: SUBJECT.url })
    const [{ deployments, ...figures }] = environments
    expect(figures).toEqual({
      ...{ branch: "main", path: "prod", imageName: "web", days: 30, deployed: 1, rolledBack: 1, perWeek: 0.2333 },
      ...{ leadTime: 2520, changeFailureRate: 1, timeToRestore: 90 },
    })
    expect(deployments[1]).toMatchObject({ time: "2026-11-30T12:02:29.000Z", kind: "bump", leadTime: 2520 })
  })

  test.each([
    [0, "0 s"],
    [119, "119 s"],
    [120, "2 min"],
    [7199, "120 min"],
    [7200, "2 h"],
    [2 * 86_400, "2 d"],
  ])("writes %d seconds as %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })
})
