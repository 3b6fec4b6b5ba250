import { expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/reference.ts"
import { artifactRegistryPolicy } from "../../lib/retention/artifact-registry.ts"
import { parseRules } from "../../lib/retention/rules.ts"

const target = { repository: parseRepository("europe-west1-docker.pkg.dev/acme/images/app"), manifestsPerImage: 16 }
const render = (keep: string[], untagged?: number) =>
  artifactRegistryPolicy({ ...parseRules(keep, undefined), untagged }, target)

// https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy#json, key by key
const ALWAYS = {
  name: "keep-in-use",
  action: { type: "Keep" },
  condition: { tagState: "tagged", tagPrefixes: ["in-use-", "sha256-"] },
}

test("deletes by age, and keeps over any deletion what a rule keeps", () => {
  expect(render(["v* latest", "pr-* days=7", "* days=90"], 14).document).toEqual([
    ALWAYS,
    { name: "rule-1-keep", action: { type: "Keep" }, condition: { tagState: "tagged", tagPrefixes: ["v", "latest"] } },
    {
      name: "rule-2-delete",
      action: { type: "Delete" },
      condition: { tagState: "tagged", tagPrefixes: ["pr-"], olderThan: "7d" },
    },
    {
      name: "rule-2-keep-new",
      action: { type: "Keep" },
      condition: { tagState: "tagged", tagPrefixes: ["pr-"], newerThan: "7d" },
    },
    { name: "rule-3-delete", action: { type: "Delete" }, condition: { tagState: "tagged", olderThan: "90d" } },
    { name: "rule-3-keep-new", action: { type: "Keep" }, condition: { tagState: "tagged", newerThan: "90d" } },
  ])
})

test("counts every manifest of an image, as the registry does", () => {
  expect(render(["* last=20"]).document).toEqual([
    ALWAYS,
    { name: "rule-1-delete", action: { type: "Delete" }, condition: { tagState: "tagged" } },
    { name: "rule-1-keep-last", action: { type: "Keep" }, mostRecentVersions: { keepCount: 320 } },
  ])
})

test("never deletes what has no tag: nothing says that a living image's parts would be spared", () => {
  expect(JSON.stringify(render(["* days=7"], 14).document)).not.toMatch(/untagged|"any"/)
  expect(render(["* days=7"], 14).notes.join()).toContain("`untagged` is not written")
})

test.each([
  { name: "a count by tags", keep: ["main-* last=20"], error: /do not know a number of images by their tags/ },
  { name: "a count beside another rule", keep: ["v*", "* last=20"], error: /do not know a number of images/ },
  { name: "an end of tags", keep: ["*-rc days=7"], error: /got "\*-rc: 7 days", and they do not know other patterns/ },
  { name: "one whole tag", keep: ["nightly days=7"], error: /do not know other patterns than beginnings/ },
])("refuses $name, and says why", ({ keep, error }) => expect(() => render(keep)).toThrow(error))

test("refuses more policies than the registry takes", () => {
  const keep = Array.from({ length: 5 }, (_, at) => `r${at}-* days=1`)
  expect(() => render(keep)).toThrow(/at most 10 cleanup policies for Artifact Registry, got 11/)
})

test("says how it is put there", () => {
  expect(render(["v*"]).apply).toBe(
    "gcloud artifacts repositories set-cleanup-policies images --project=acme --location=europe-west1 --policy=policy.json --dry-run",
  )
})
