import { expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/reference.ts"
import { artifactRegistryPolicy } from "../../lib/retention/artifact-registry.ts"
import { parseRules } from "../../lib/retention/rules.ts"

const target = { repository: parseRepository("europe-west1-docker.pkg.dev/acme/images/app"), manifestsPerImage: 16 }
const render = (keep: string[], untagged?: number) =>
  artifactRegistryPolicy({ ...parseRules(keep, undefined), untagged }, target)

// https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy#json
const ALWAYS = {
  name: "keep-in-use",
  action: { type: "Keep" },
  condition: { tagState: "tagged", tagPrefixes: ["in-use-", "sha256-"] },
}

test("deletes by age, with Keep policies for the images to keep", () => {
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

test("never deletes untagged versions, which may be parts of kept images", () => {
  expect(JSON.stringify(render(["* days=7"], 14).document)).not.toMatch(/untagged|"any"/)
  expect(render(["* days=7"], 14).notes.join()).toContain("the policy ignores `untagged`")
})

test.each([
  { name: "a count by tags", keep: ["main-* last=20"], error: /which need a number of images by tag/ },
  { name: "a count with another rule", keep: ["v*", "* last=20"], error: /which need a number of images/ },
  {
    name: "a suffix",
    keep: ["*-rc days=7"],
    error: /got "\*-rc: 7 days", which need a pattern that is not a prefix/,
  },
  { name: "a pattern without a star", keep: ["nightly days=7"], error: /which need a pattern that is not a prefix/ },
])("refuses $name with the reason", ({ keep, error }) => expect(() => render(keep)).toThrow(error))

test("refuses more policies than the registry accepts", () => {
  const keep = Array.from({ length: 5 }, (_, at) => `r${at}-* days=1`)
  expect(() => render(keep)).toThrow(/at most 10 cleanup policies for Artifact Registry, got 11/)
})

test("renders the command that applies the policy", () => {
  expect(render(["v*"]).apply).toBe(
    "gcloud artifacts repositories set-cleanup-policies images --project=acme --location=europe-west1 --policy=policy.json --dry-run",
  )
})
