import { describe, expect, test } from "vitest"
import { parseGitRemote } from "../../lib/gitops/git/remote.ts"
import { parseBumpOptions } from "../../lib/gitops/options.ts"
import { renderBump, renderBumpPlan } from "../../lib/gitops/outcome.ts"

const request = parseBumpOptions({
  path: "apps/web",
  image: "web",
  ref: `ghcr.io/acme/web@sha256:${"0a".repeat(32)}`,
  branch: "main",
})
const remote = parseGitRemote("https://git/acme/gitops")
const verification = { status: "verified" as const, checks: ["signature of sha256:0a by the public key sha256:0b"] }
const facts = { request, remote, verification }
const VERIFIED = "Verified: signature of sha256:0a by the public key sha256:0b"
const [commit, other] = ["a".repeat(40), "b".repeat(40)]
const changes = [{ object: "Deployment/web", field: ".spec.containers[web].image", from: "web:v1", to: "web:v2" }]
const bumped = {
  status: "bumped" as const,
  commit,
  diff: "-a\n+b\n",
  files: ["apps/web/kustomization.yaml"],
  changes,
  tries: 1,
  overtaken: [],
  responseLost: false,
  kept: [],
}

test("renders a bump with its commit, the changes in the manifests and the diff", () => {
  expect(renderBump(bumped, facts)).toBe(
    `Bumped apps/web/kustomization.yaml in https://git/acme/gitops main: commit ${commit}
${VERIFIED}
  Deployment/web spec.containers[web].image: web:v1 -> web:v2

-a
+b`,
  )
})

test.each([
  {
    status: "noSigner" as const,
    line: "Not verified: no signer is named. Pass --public-key, or --identity with --issuer",
  },
  { status: "waived" as const, line: "Not verified: --unverified was passed." },
])("says of a bump and a dry run that nothing was verified: $status", ({ status, line }) => {
  const own = { request, remote, verification: { status } }
  expect(renderBump(bumped, own).split("\n")[1]).toContain(line)
  const plan = { tip: commit, files: new Map([["a", ""]]), changes: [], kept: [], diff: "-a" }
  expect(renderBumpPlan(plan, own).split("\n")[1]).toContain(line)
})

test("renders a lost race with the number of tries and the commits that won", () => {
  expect(renderBump({ ...bumped, tries: 2, overtaken: [other] }, facts)).toContain(
    "\nPushed after 2 tries; overtaken by bbbbbbbbbbbb\n",
  )
})

test("reports a lost response to the push", () => {
  expect(renderBump({ ...bumped, responseLost: true }, facts)).toContain("response to the push was lost")
})

test("renders an unchanged and a superseded bump", () => {
  expect(renderBump({ status: "unchanged", commit, kept: [] }, facts)).toBe(
    `Unchanged: https://git/acme/gitops main already has the image at ${commit}\n${VERIFIED}`,
  )
  const kept = [{ path: "apps/web", image: "web", commit: other, order: 8 }]
  expect(renderBump({ status: "superseded", commit: other, kept }, facts)).toBe(
    `Superseded: https://git/acme/gitops main already has a newer bump, commit ${other}
${VERIFIED}
Kept: web in apps/web comes from newer source (order 8) in commit ${other}`,
  )
})

test("renders a dry run", () => {
  const plan = {
    tip: commit,
    files: new Map([["apps/web/kustomization.yaml", ""]]),
    changes,
    kept: [],
    diff: "-a\n+b\n",
  }
  expect(renderBumpPlan(plan, facts)).toMatch(
    /^Would bump apps\/web\/kustomization.yaml in .* at a{40}\nVerified: .*\n.*\n\n-a\n\+b$/,
  )
  expect(renderBumpPlan({ ...plan, files: new Map(), changes: [], diff: "" }, facts)).toMatch(/^Nothing to bump in /)
})

describe("pull request outcome", () => {
  const proposed = {
    url: "https://git/pulls/7",
    noun: "pull request",
    branch: "slipway/main/1",
    how: "opened" as const,
  }
  const requested = { ...bumped, status: "requested" as const, request: { ...proposed, merge: "manual" as const } }

  test("renders the address of a pull request, its changes and the diff", () => {
    expect(renderBump(requested, facts)).toBe(
      `Opened the pull request https://git/pulls/7 for https://git/acme/gitops main: commit ${commit} on slipway/main/1
${VERIFIED}
  Deployment/web spec.containers[web].image: web:v1 -> web:v2

-a
+b`,
    )
  })

  test.each([
    { merge: "waiting" as const, line: "The forge merges the pull request when its checks pass" },
    { merge: "merged" as const, line: "The pull request is merged" },
  ])("renders a pull request with merge $merge", ({ merge, line }) => {
    const updated = { ...requested, request: { ...proposed, how: "updated" as const, merge } }
    const lines = renderBump(updated, facts).split("\n")
    expect(lines[0]).toMatch(/^Updated the pull request/)
    expect(lines).toContain(line)
  })

  test("renders a bump that an open pull request supersedes", () => {
    const text = renderBump({ status: "superseded", commit: other, kept: [], request: proposed.url }, facts)
    expect(text).toMatch(
      /^Superseded: https:\/\/git\/pulls\/7 proposes a newer bump for .* main, commit b{40}\nVerified: /,
    )
  })

  test.each([
    { open: undefined, line: "Would open a pull request from slipway/main/1" },
    { open: "https://git/pulls/7", line: "Would update the pull request https://git/pulls/7" },
  ])("renders the dry run of a pull request: $line", ({ open, line }) => {
    const proposal = { noun: "pull request", branch: "slipway/main/1", ...(open && { open }) }
    const plan = { tip: commit, files: new Map([["a", ""]]), changes: [], kept: [], diff: "-a", proposal }
    expect(renderBumpPlan(plan, facts).split("\n")).toContain(line)
  })
})
