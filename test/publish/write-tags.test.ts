import { expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import { untagged, writeTags } from "../../lib/publish/write-tags.ts"
import { fakeTools } from "../fake-tool.ts"

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

const ref = digestRef(parseRepository("r.test/app"), digestOf("ours"))
const other = digestOf("theirs")

/** A registry where latest is at another image, of which one question is refused. */
function refusing(refused: RegExp) {
  const tags = new Map([["latest", other]])
  return fakeTools(({ args: [, ...args] }) => {
    const [command, name = "", tag = ""] = args.filter((arg) => !arg.startsWith("--"))
    const line = `${command} ${name}`
    if (refused.test(line)) return { exitCode: 1, stderr: "Error: MANIFEST_INVALID: broken" }
    if (command === "tag") tags.set(tag, digestOf("ours"))
    if (command === "manifest") return { stdout: JSON.stringify({ manifests: [] }) }
    if (command !== "digest") return {}
    const at = tags.get(name.split(":").at(-1) ?? "")
    return at ? { stdout: at } : { exitCode: 1, stderr: "Error: MANIFEST_UNKNOWN: unknown" }
  })
}

test.each([
  { name: "the image at a floating tag", refused: new RegExp(`manifest .*@${other}`) },
  { name: "its own image", refused: new RegExp(`manifest ${ref}`) },
  { name: "a floating tag", refused: /digest .*:latest/ },
])("says what was tagged when the registry refuses to show $name", async ({ refused }) => {
  refusing(refused)
  const wishes = [
    { name: "c0ffee", floating: false },
    { name: "latest", floating: true },
  ]
  const options = { craneImage: "crane", access: { plainHttp: false }, run: newRun() }
  await expect(writeTags(ref, wishes, options)).rejects.toThrow(/ Before it c0ffee had been written\.$/)
})
