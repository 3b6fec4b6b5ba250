import { expect, test } from "vitest"
import { parseGitBranch } from "../../lib/gitops/git-branch.ts"
import { type BumpOptions, parseBumpOptions } from "../../lib/gitops/options.ts"
import { ownBranch } from "../../lib/gitops/own-branch.ts"

const main = parseGitBranch("main")
const given = { path: "prod", image: "web", ref: `ghcr.io/acme/web@sha256:${"0a".repeat(32)}`, branch: "main" }
const changes = (change: Partial<BumpOptions> = {}) => parseBumpOptions({ ...given, ...change }).changes
const name = ownBranch(main, changes())

test("names the branch that it is made on, and the places that it changes", () => {
  expect(name).toMatch(/^slipway\/main\/[0-9a-f]{10}$/)
  expect(ownBranch(parseGitBranch("release/1"), changes())).toMatch(/^slipway\/release\/1\//)
})

test.each([
  ["another digest", changes({ ref: `ghcr.io/acme/web@sha256:${"0b".repeat(32)}` })],
  ["another tag", changes({ tag: "v2" })],
])("is the same for %s", (_, others) => {
  expect(ownBranch(main, others)).toBe(name)
})

test.each([
  ["another path", changes({ path: "staging" })],
  ["another image", changes({ image: "api" })],
  ["one more", [...changes(), ...changes({ image: "api" })]],
])("is another for %s", (_, others) => {
  expect(ownBranch(main, others)).not.toBe(name)
})

test("does not depend on the order", () => {
  const [web, api] = [changes(), changes({ image: "api" })]
  expect(ownBranch(main, [...web, ...api])).toBe(ownBranch(main, [...api, ...web]))
})
