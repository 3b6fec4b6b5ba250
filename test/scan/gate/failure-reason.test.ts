import { expect, test } from "vitest"
import { failureReason, gateText } from "../../../lib/scan/gate/failure-reason.ts"
import { Severity } from "../../../src/enums.ts"
import { finding } from "../sample.ts"

const rules = { threshold: Severity.HIGH, ignoreUnfixed: false }
const low = { severity: Severity.LOW }
const licenses = { allow: [], deny: ["GPL-3.0-only"] }
const license = { kind: "license" as const, id: "GPL-3.0-only" }

test.each([
  { name: "its severity", own: { severity: Severity.HIGH }, more: {}, why: "HIGH" },
  { name: "nothing below the threshold", own: low, more: {}, why: undefined },
  { name: "nothing without a fix", own: { fixed: "" }, more: { ignoreUnfixed: true }, why: undefined },
  {
    name: "a known exploit of any severity",
    own: { ...low, kev: true },
    more: { kev: true },
    why: "known to be exploited",
  },
  {
    name: "a known exploit without a fix",
    own: { ...low, kev: true, fixed: "" },
    more: { kev: true, ignoreUnfixed: true },
    why: "known to be exploited",
  },
  { name: "no exploit without the rule", own: { ...low, kev: true }, more: {}, why: undefined },
  { name: "no exploit of another vulnerability", own: { ...low, kev: false }, more: { kev: true }, why: undefined },
  { name: "a probability at the limit", own: { ...low, epss: 0.5 }, more: { epss: 0.5 }, why: "EPSS 0.5" },
  { name: "no probability below the limit", own: { ...low, epss: 0.49 }, more: { epss: 0.5 }, why: undefined },
  { name: "a licence by the policy", own: { ...low, ...license }, more: { licenses }, why: "denied licence" },
  {
    name: "no severity of a licence that the policy permits",
    own: { ...license, id: "MIT", severity: Severity.CRITICAL },
    more: { licenses },
    why: undefined,
  },
  {
    name: "the severity of a licence without a policy",
    own: { ...license, severity: Severity.HIGH },
    more: {},
    why: "HIGH",
  },
])("fails a finding by $name", ({ own, more, why }) => {
  expect(failureReason(finding(own), { ...rules, ...more })).toBe(why)
})

test.each([
  { more: {}, text: "at or above HIGH" },
  { more: { kev: true }, text: "at or above HIGH or known to be exploited" },
  {
    more: { kev: true, epss: 0.5, licenses },
    text: "at or above HIGH, known to be exploited, with an EPSS of 0.5 or more or with a licence outside of the policy",
  },
])("says that a finding $text fails", ({ more, text }) => {
  expect(gateText({ ...rules, ...more })).toBe(text)
})
