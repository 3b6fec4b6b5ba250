import { describe, expect, test } from "vitest"
import type { Digest } from "../../../lib/oci/reference.ts"
import type { TagState } from "../../../lib/publish/tag-state.ts"
import {
  earlierRecord,
  isFinished,
  type ReleaseTarget,
  withCurrentTags,
} from "../../../lib/ship/record/earlier-record.ts"
import type { ReleaseRecord } from "../../../lib/ship/record/record.ts"
import { digest, record } from "../example-record.ts"

describe("earlier record", () => {
  const sha256 = digest.replace("sha256:", "")
  const about = (predicate: unknown, subject = sha256) => ({ subjects: [{ sha256: subject }], type: "t", predicate })
  const read = (...statements: ReturnType<typeof about>[]) => earlierRecord(statements, digest as Digest)

  test("is the record attested for the digest", () => {
    expect(read(about(JSON.parse(JSON.stringify(record))))).toEqual(record)
  })

  test("is the latest of several records", () => {
    expect(read(about(record), about({ ...record, inputs: "later" }))?.inputs).toBe("later")
  })

  test.each([
    ["nothing was attested", []],
    ["it is about another digest", [about(record, "0b".repeat(32))]],
    ["its image has another digest", [about({ ...record, image: { ...record.image, digest: "sha256:0b" } })]],
    ["it is of another version", [about({ ...record, version: 2 })]],
    ["it is no record", [about("shipped")]],
  ])("is undefined if %s", (_, statements) => {
    expect(read(...statements)).toBeUndefined()
  })
})

describe("finished", () => {
  const bump = { repo: "https://git.example.com/deploy", branch: "main", path: "prod", imageName: "hello" }
  const target: ReleaseTarget = { tags: ["f00d"], bump }
  const edited = { ...record, bump: { ...record.bump, edits: ["helm:image"] } } as ReleaseRecord
  const unnamed = { ...record, bump: { ...record.bump, imageName: undefined } } as ReleaseRecord
  const tagged = { ...record, bump: { ...record.bump, tag: "v1" } } as ReleaseRecord
  const built = { ...record, bump: { ...record.bump, kustomizeOptions: ["--enable-helm"] } } as ReleaseRecord
  const chart = { repository: "ghcr.io/acme/charts/app", version: "1.2.3" }
  const charted = { ...record, bump: { ...record.bump, charts: ["app.yaml"] } } as ReleaseRecord
  const request = { url: "https://git.example.com/deploy/pulls/7", branch: "slipway/main/1", merge: "manual" }
  const proposed = { ...record, bump: { ...record.bump, status: "requested", request } } as ReleaseRecord

  test.each<[string, ReleaseRecord, ReleaseTarget, boolean]>([
    ["all requested tags and the bump", record, target, true],
    ["no bump, and none requested", { ...record, bump: { status: "skipped" } }, { tags: ["f00d"] }, true],
    ["the same edits", edited, { tags: ["f00d"], bump: { ...bump, edits: ["helm:image"] } }, true],
    ["a pull request, which may have been merged or closed since", proposed, target, false],
    ["another image of the same overlay", record, { ...target, bump: { ...bump, imageName: "hello-worker" } }, false],
    ["a bump without a recorded image name", unnamed, target, false],
    ["a failed run", { ...record, ok: false }, target, false],
    ["a missing tag", record, { ...target, tags: ["f00d", "v1"] }, false],
    ["another tag", record, { ...target, tags: ["v1"] }, false],
    ["no bump", { ...record, bump: { status: "skipped" } }, target, false],
    ["a copy in each replica", record, { ...target, replicas: ["mirror.acme.example/hello"] }, true],
    ["no copy in a replica", record, { ...target, replicas: ["other.acme.example/hello"] }, false],
    ["the chart at its version", record, { ...target, chart }, true],
    ["the chart at another version", record, { ...target, chart: { ...chart, version: "1.2.4" } }, false],
    ["the chart in another repository", record, { ...target, chart: { ...chart, repository: "ghcr.io/x/app" } }, false],
    ["no chart", { ...record, chart: undefined }, { ...target, chart }, false],
    ["the chart's version in the files", charted, { ...target, bump: { ...bump, charts: ["app.yaml"] } }, true],
    ["no chart's version in the files", record, { ...target, bump: { ...bump, charts: ["app.yaml"] } }, false],
    ["a bump that is not requested", record, { tags: ["f00d"] }, false],
    ["another overlay", record, { ...target, bump: { ...bump, path: "staging" } }, false],
    ["another branch", record, { ...target, bump: { ...bump, branch: "live" } }, false],
    ["another repository", record, { ...target, bump: { ...bump, repo: "https://git.example.com/other" } }, false],
    ["other edits", edited, target, false],
    ["the same tag in the files", tagged, { ...target, bump: { ...bump, tag: "v1" } }, true],
    ["another tag in the files", tagged, { ...target, bump: { ...bump, tag: "v1.2" } }, false],
    ["no tag in the files", tagged, target, false],
    ["a bump without a recorded tag", record, { ...target, bump: { ...bump, tag: "v1" } }, false],
    ["the same build options", built, { ...target, bump: { ...bump, kustomizeOptions: ["--enable-helm"] } }, true],
    ["no build options", built, target, false],
    ["build options", record, { ...target, bump: { ...bump, kustomizeOptions: ["--enable-helm"] } }, false],
  ])("%s", (_, done, requested, verdict) => {
    expect(isFinished(done, requested)).toBe(verdict)
  })

  describe("the tags of a finished release", () => {
    const done: ReleaseRecord = {
      ...record,
      tags: [
        { name: "f00d", change: "created" },
        { name: "latest", change: "moved" },
      ],
    }
    const fixed: TagState = { name: "f00d", floating: false, at: "itself" }
    const latest = { name: "latest", floating: true }
    const held: TagState = { ...latest, at: "newer", newer: "beef" }
    const superseded = { name: "latest", change: "superseded", newer: "beef" }

    test("equal the record while no tag moved", () => {
      expect(withCurrentTags(done, [fixed, { ...latest, at: "itself" }])).toEqual(done)
    })
    test("are superseded if a newer image has them now", () => {
      expect(withCurrentTags(done, [fixed, held])?.tags).toEqual([done.tags?.[0], superseded])
    })
    test("are unchanged if they moved back", () => {
      const before = { ...done, tags: [superseded] } as ReleaseRecord
      expect(withCurrentTags(before, [{ ...latest, at: "itself" }])?.tags).toEqual([
        { name: "latest", change: "unchanged" },
      ])
    })
    test.each<[string, TagState]>([
      ["is deleted", { ...latest, at: "nothing" }],
      ["is at an older image", { ...latest, at: "older" }],
      ["is at an image that names no source", { ...latest, at: "unknown" }],
      ["is fixed and at another digest", { ...fixed, at: "newer" }],
    ])("must be written again if one %s", (_, state) => {
      expect(withCurrentTags(done, [fixed, state])).toBeUndefined()
    })
  })
})
