import { expect, test } from "vitest"
import { judgeRefresh, type RefreshFacts } from "../../lib/bases/decision.ts"
import type { BaseMove } from "../../lib/bases/moves.ts"
import type { Digest, DigestRef } from "../../lib/oci/reference.ts"
import type { MergedFinding } from "../../lib/scan/finding.ts"
import { Severity } from "../../src/enums.ts"

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest
const ref = `registry.test/app@${digest("d")}` as DigestRef
const former = { ref, commit: "a" }
const finding = (severity: Severity) => ({ id: "CVE-1", severity }) as MergedFinding

const pinned: BaseMove = { name: `alpine@${digest("1")}`, from: digest("1"), status: "pinned" }
const unmoved: BaseMove = { name: "alpine:3", from: digest("1"), status: "unmoved" }
function moved(status: "changed" | "unchanged" | "unknown" = "changed", fixes?: MergedFinding[]): BaseMove {
  const platforms = [{ platform: "linux/amd64", status }]
  return { name: "debian:12", from: digest("1"), to: digest("2"), status: "moved", platforms, ...(fixes && { fixes }) }
}

const known: RefreshFacts = { policy: "moved", threshold: Severity.HIGH, commit: "a", former }
const free = { ...known, holder: false as const }

test.each<{ name: string; facts: RefreshFacts; is: string | undefined }>([
  {
    name: "nothing is deployed",
    facts: { ...known, former: { reason: "nothing is deployed" } },
    is: "nothing is deployed",
  },
  {
    name: "a newer commit is deployed",
    facts: { ...known, former: { ref, commit: "b" } },
    is: "an image of the commit b",
  },
  { name: "an image of no commit is deployed", facts: { ...known, former: { ref } }, is: "an image of no commit" },
  { name: "the bases are not read yet", facts: known, is: undefined },
  {
    name: "another commit with the same files of a service is deployed",
    facts: { ...known, former: { ref, commit: "b", sameFiles: true } },
    is: undefined,
  },
  {
    name: "another commit with other files of a service is deployed",
    facts: { ...known, former: { ref, commit: "b", sameFiles: false } },
    is: "the commit b",
  },
  { name: "there is no base", facts: { ...free, bases: [] }, is: "has no base image" },
  { name: "all bases are pinned", facts: { ...free, bases: [pinned] }, is: "every base image is pinned" },
  { name: "no base moved", facts: { ...free, bases: [pinned, unmoved] }, is: "no base image moved" },
  { name: "only the index moved", facts: { ...free, bases: [moved("unchanged")] }, is: "no base image moved" },
  { name: "one of two bases moved", facts: { ...free, bases: [unmoved, moved()] }, is: "due" },
  { name: "the earlier base is gone from its registry", facts: { ...free, bases: [moved("unknown")] }, is: "due" },
  { name: "a base moved, and the place is not read yet", facts: { ...known, bases: [moved()] }, is: undefined },
  { name: "a rollback holds", facts: { ...known, bases: [moved()], holder: "c0ffee" }, is: "commit c0ffee" },
  {
    name: "a rollback holds, whatever is fixed",
    facts: { ...known, policy: "fixes", bases: [moved("changed", [finding(Severity.CRITICAL)])], holder: "c0ffee" },
    is: "which holds",
  },
  { name: "findings are not compared yet", facts: { ...free, policy: "fixes", bases: [moved()] }, is: undefined },
  {
    name: "nothing is fixed",
    facts: { ...free, policy: "fixes", bases: [moved("changed", [])] },
    is: "fixes no finding at or above HIGH",
  },
  {
    name: "a finding below the threshold is fixed",
    facts: { ...free, policy: "fixes", bases: [moved("changed", [finding(Severity.MEDIUM)])] },
    is: "debian:12 moved, but that fixes no finding",
  },
  {
    name: "a finding at the threshold is fixed",
    facts: { ...free, policy: "fixes", bases: [moved("changed", [finding(Severity.HIGH)])] },
    is: "due",
  },
  {
    name: "a finding above a lower threshold is fixed",
    facts: { ...free, policy: "fixes", threshold: Severity.LOW, bases: [moved("changed", [finding(Severity.MEDIUM)])] },
    is: "due",
  },
  { name: "nothing is fixed, which does not count", facts: { ...free, bases: [moved("changed", [])] }, is: "due" },
])("when $name, a refresh is $is", ({ facts, is }) => {
  const decision = judgeRefresh(facts)
  if (is === undefined || is === "due") expect(decision?.status).toBe(is)
  else expect(decision).toEqual({ status: "nothing", reason: expect.stringContaining(is) })
})
