import { readdirSync, readFileSync } from "node:fs"
import type { NewImage } from "../../../lib/gitops/edit/new-image.ts"
import { parseDigestRef } from "../../../lib/oci/reference.ts"

const FOLDER = new URL("../../fixtures/edits/", import.meta.url)
export const OLD = "1".repeat(64)
export const NEW = "2".repeat(64)
export const REF = parseDigestRef(`ghcr.io/acme/app@sha256:${NEW}`)

/** An edit of a file that is modelled on a public GitOps repository, with the exact expected text. */
export type EditCase = {
  format: string
  name: string
  edit: string
  image: NewImage
  before: string
  after: string
  notes: string[]
}

/** Reads test/fixtures/edits: a title, the edit with its options, the text before and after, and notes. */
export function readEditCases(): EditCase[] {
  return readdirSync(FOLDER).flatMap((file) => {
    const format = file.replace(".txt", "")
    const blocks = readFileSync(new URL(file, FOLDER), "utf8").split(/^=== /m).slice(1)
    return blocks.map((block) => readCase(format, block))
  })
}

function readCase(format: string, block: string): EditCase {
  const [head = "", before = "", rest = ""] = block.replace(/\n\n?$/, "\n").split(/^--- (?:before|after)\n/m)
  const [after = "", notes = ""] = rest.split(/^--- notes\n/m)
  const [name = "", line = ""] = head.split("\n")
  const [edit = "", ...options] = line.split(/ (?=tag=|spare=|no-newline)/)
  const option = (key: string) => options.find((one) => one.startsWith(`${key}=`))?.slice(key.length + 1)
  const tag = option("tag")
  const spareTag = option("spare")
  const image = { ref: REF, ...(tag && { tag }), ...(spareTag && { spareTag }) }
  const text = (shown: string) => reveal(options.includes("no-newline") ? shown.replace(/\n$/, "") : shown)
  return {
    format,
    name,
    edit,
    image,
    before: text(before),
    after: text(after),
    notes: notes.split("\n").filter(Boolean),
  }
}

function reveal(shown: string): string {
  return shown.replaceAll("<old>", OLD).replaceAll("<new>", NEW).replaceAll("<cr>", "\r")
}
