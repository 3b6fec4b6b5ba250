import { expect, test } from "vitest"
import { revisionLabels, timestamp } from "../../lib/build/docker-build.ts"

const revision = { commit: "c0ffee", time: 1_767_323_045, branch: "main", tags: [], dirty: false, url: "https://h/o/r" }
const oci = (labels: Record<string, string>) =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [`org.opencontainers.image.${name}`, value]))
const commit = oci({ created: "2026-01-02T03:04:05Z", revision: "c0ffee", source: "https://h/o/r" })

test.each([
  { name: "no git, no licence", revision: undefined, license: undefined, labels: {} },
  { name: "a licence alone", revision: undefined, license: "MIT", labels: oci({ licenses: "MIT" }) },
  { name: "a commit", revision, license: undefined, labels: commit },
  {
    name: "the highest version tag",
    revision: { ...revision, tags: ["v1.9.0", "latest", "v1.10.0"] },
    license: "Apache-2.0",
    labels: { ...commit, ...oci({ version: "1.10.0", licenses: "Apache-2.0" }) },
  },
  ...[
    { name: "a release before its candidates", tags: ["v1.0.0-rc.2", "v1.0.0"], version: "1.0.0" },
    { name: "the tenth candidate before the ninth", tags: ["v1.0.0-rc.9", "v1.0.0-rc.10"], version: "1.0.0-rc.10" },
    { name: "build metadata unchanged", tags: ["v1.2.3+build.5"], version: "1.2.3+build.5" },
    { name: "a semantic version before a date", tags: ["2026.01.02", "v1.2.3"], version: "1.2.3" },
    { name: "a date if there is no other version", tags: ["2026.01.02", "stable"], version: "2026.01.02" },
  ].map(({ name, tags, version }) => ({
    ...{ name, revision: { ...revision, tags }, license: undefined },
    labels: { ...commit, ...oci({ version }) },
  })),
  {
    name: "changes on top of a tag, without a version",
    revision: { ...revision, tags: ["v1.0.0"], dirty: true },
    license: undefined,
    labels: { ...commit, ...oci({ revision: "c0ffee-dirty" }) },
  },
])("labels $name", ({ revision, license, labels }) => {
  expect(revisionLabels(revision, license)).toEqual(labels)
})

test("writes a commit's time in whole seconds", () => {
  expect(timestamp(0)).toBe("1970-01-01T00:00:00Z")
})

test("an image on newer bases is labelled with them", () => {
  const refresh = { bases: "0a1b2c3d4e", at: 9 }
  const labels = revisionLabels({ commit: "f00d", time: 7, tags: [], dirty: false, refresh }, undefined)
  expect(labels["dev.slipway.bases"]).toBe("0a1b2c3d4e")
})
