import { expect, test } from "vitest"
import type { LoggedCommit } from "../../lib/gitops/git-log.ts"
import { recentBumps, wordsIn } from "../../lib/gitops/reference.ts"
import { type DigestRef, digestOf } from "../../lib/oci/reference.ts"

const ref = (build: string) => `ghcr.io/acme/web@${digestOf(build)}` as DigestRef
const commit = (build: string, path: string): LoggedCommit => ({
  ...{ commit: "a".repeat(40), time: 1, author: "a", message: "m" },
  trailers: { kind: "bump", bumps: [{ path, image: "web", ref: ref(build) }], source: {} },
})

test.each([
  { rollbacks: 0, builds: ["4", "3"] },
  { rollbacks: 1, builds: ["4", "2", "3", "1"] },
  { rollbacks: 9, builds: ["4", "2", "1", "3", "1"] },
])("what each place was bumped to last, and $rollbacks before", ({ rollbacks, builds }) => {
  const log = [
    commit("4", "staging"),
    commit("3", "prod"),
    commit("2", "staging"),
    commit("1", "prod"),
    commit("1", "staging"),
  ]
  expect(recentBumps(log, rollbacks).map((bump) => bump.ref)).toEqual(builds.map(ref))
})

test.each([
  { text: "image: acme/web:v1.2", words: ["v1.2"] },
  { text: 'newTag: "v1.2"', words: ["v1.2"] },
  { text: "acme/web:v1.2@sha256:00", words: ["v1.2"] },
  { text: "# we stay at v1.2.", words: ["v1.2"] },
  { text: "image: acme/web:v1.2.3", words: [] },
  { text: "image: acme/web:dev-v1.2", words: [] },
  { text: "tag: main-7 # v1.2\ntag: latest", words: ["v1.2", "latest"] },
])("$text names $words", ({ text, words }) => expect(wordsIn(text, ["v1.2", "latest"])).toEqual(words))
