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

  test("is the record that was attested of the digest", () => {
    expect(read(about(JSON.parse(JSON.stringify(record))))).toEqual(record)
  })

  test("the latest one, if there are several", () => {
    expect(read(about(record), about({ ...record, inputs: "later" }))?.inputs).toBe("later")
  })

  test.each([
    ["nothing was attested", []],
    ["it is about another digest", [about(record, "0b".repeat(32))]],
    ["it says that it is of another digest", [about({ ...record, image: { ...record.image, digest: "sha256:0b" } })]],
    ["it is of another version", [about({ ...record, version: 2 })]],
    ["it is no record", [about("shipped")]],
  ])("is none where %s", (_, statements) => {
    expect(read(...statements)).toBeUndefined()
  })
})

describe("finished", () => {
  const bump = { repo: "https://git.example.com/deploy", branch: "main", path: "prod", imageName: "hello" }
  const wanted: ReleaseTarget = { tags: ["f00d"], bump }
  const edited = { ...record, bump: { ...record.bump, edits: ["helm:image"] } } as ReleaseRecord
  const unnamed = { ...record, bump: { ...record.bump, imageName: undefined } } as ReleaseRecord
  const tagged = { ...record, bump: { ...record.bump, tag: "v1" } } as ReleaseRecord
  const built = { ...record, bump: { ...record.bump, kustomizeOptions: ["--enable-helm"] } } as ReleaseRecord
  const request = { url: "https://git.example.com/deploy/pulls/7", branch: "slipway/main/1", merge: "manual" }
  const proposed = { ...record, bump: { ...record.bump, status: "requested", request } } as ReleaseRecord

  test.each<[string, ReleaseRecord, ReleaseTarget, boolean]>([
    ["all that is asked for", record, wanted, true],
    ["no bump, and none is asked for", { ...record, bump: { status: "skipped" } }, { tags: ["f00d"] }, true],
    ["the same edits", edited, { tags: ["f00d"], bump: { ...bump, edits: ["helm:image"] } }, true],
    ["a request, which may be merged or closed by now", proposed, wanted, false],
    ["another image of the same overlay", record, { ...wanted, bump: { ...bump, imageName: "hello-worker" } }, false],
    ["a bump of which it was not written down for which image", unnamed, wanted, false],
    ["a run that failed", { ...record, ok: false }, wanted, false],
    ["one tag less", record, { ...wanted, tags: ["f00d", "v1"] }, false],
    ["another tag", record, { ...wanted, tags: ["v1"] }, false],
    ["no bump", { ...record, bump: { status: "skipped" } }, wanted, false],
    ["a bump that is not asked for", record, { tags: ["f00d"] }, false],
    ["another overlay", record, { ...wanted, bump: { ...bump, path: "staging" } }, false],
    ["another branch", record, { ...wanted, bump: { ...bump, branch: "live" } }, false],
    ["another repository", record, { ...wanted, bump: { ...bump, repo: "https://git.example.com/other" } }, false],
    ["other edits", edited, wanted, false],
    ["the same tag in the files", tagged, { ...wanted, bump: { ...bump, tag: "v1" } }, true],
    ["another tag in the files", tagged, { ...wanted, bump: { ...bump, tag: "v1.2" } }, false],
    ["no tag in the files", tagged, wanted, false],
    ["a bump of which no tag was written down", record, { ...wanted, bump: { ...bump, tag: "v1" } }, false],
    ["the same build options", built, { ...wanted, bump: { ...bump, kustomizeOptions: ["--enable-helm"] } }, true],
    ["no build options", built, wanted, false],
    ["build options", record, { ...wanted, bump: { ...bump, kustomizeOptions: ["--enable-helm"] } }, false],
  ])("%s", (_, done, asked, verdict) => {
    expect(isFinished(done, asked)).toBe(verdict)
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

    test("are as they were written down while nobody moved one", () => {
      expect(withCurrentTags(done, [fixed, { ...latest, at: "itself" }])).toEqual(done)
    })
    test("say which of them a newer image has by now", () => {
      expect(withCurrentTags(done, [fixed, held])?.tags).toEqual([done.tags?.[0], superseded])
    })
    test("say which came back", () => {
      const before = { ...done, tags: [superseded] } as ReleaseRecord
      expect(withCurrentTags(before, [{ ...latest, at: "itself" }])?.tags).toEqual([
        { name: "latest", change: "unchanged" },
      ])
    })
    test.each<[string, TagState]>([
      ["is gone", { ...latest, at: "nothing" }],
      ["is at an older image", { ...latest, at: "older" }],
      ["is at an image that says nothing of its source", { ...latest, at: "unknown" }],
      ["does not move, and is elsewhere", { ...fixed, at: "newer" }],
    ])("leave something to do where one %s", (_, state) => {
      expect(withCurrentTags(done, [fixed, state])).toBeUndefined()
    })
  })
})
