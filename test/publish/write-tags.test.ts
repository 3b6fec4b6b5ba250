import { expect, test } from "vitest"
import { untagged } from "../../lib/publish/write-tags.ts"

test.each([
  { name: "nothing", written: [], says: "Nothing was tagged." },
  { name: "what was there", written: [{ name: "v1", change: "unchanged" as const }], says: "Nothing was tagged." },
  {
    name: "a tag and one that moved",
    written: [
      { name: "v1", change: "created" as const },
      { name: "latest", change: "moved" as const },
    ],
    says: "Before it v1, latest had been written.",
  },
])("a tag that fails after $name leaves that", ({ written, says }) => expect(untagged(written)).toBe(says))
