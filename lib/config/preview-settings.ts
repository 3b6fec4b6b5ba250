import { z } from "zod"
import { Text } from "./setting-values.ts"

/** Stands for the number of the pull request. */
const NUMBER = "{number}"

const Numbered = Text.refine((text) => text.includes(NUMBER), `must contain ${NUMBER}`)

/** The overlay of a request's preview, in the GitOps repository. */
const PreviewOverlay = z.strictObject({
  path: Numbered.describe("folder of a request's overlay, with {number}; deleted when the request is closed"),
  template: Text.optional().describe(
    "folder beside it to copy for a new request, with {number} anywhere in its files; default none: the folder must exist",
  ),
  repo: Text.optional().describe("default that of gitops"),
  branch: Text.optional().describe("default that of gitops"),
})

/** What ship does in the job of a pull or merge request of the own repository. */
export const Preview = z.strictObject({
  url: Numbered.refine((text) => /^https?:\/\//.test(text) && URL.canParse(fillNumber(text, 1)), "must be an address")
    .optional()
    .describe("address of the preview, with {number}, for the comment"),
  gitops: z
    .union([z.literal(false), PreviewOverlay])
    .optional()
    .describe("overlay to bump; default false, which leaves the tag to a controller such as Argo CD's generator"),
  repo: Text.optional().describe("address of the source repository; default that of the CI job"),
  forge: z
    .enum(["github", "gitlab", "gitea", "forgejo"])
    .optional()
    .describe("forge of the source repository; default by the host's name, else that of the CI job"),
  endpoint: Text.optional().describe("address of the forge's API; default that of the host"),
})
export type PreviewSettings = z.infer<typeof Preview>

/** A template with the request's number. */
export function fillNumber(template: string, number: number): string {
  return template.replaceAll(NUMBER, String(number))
}

/** The number with which the template gives this text, if any. */
export function numberIn(template: string, text: string): number | undefined {
  const [first = "", ...rest] = template.split(NUMBER).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  const [, digits] = text.match(new RegExp(`^${first}([1-9][0-9]{0,9})${rest.join("\\1")}$`)) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** The fixed tag of a request's image. Argo CD's generator has both parts: pr-{{.number}}-{{.head_sha}}. */
export function previewTag({ number, commit }: { number: number; commit: string }): string {
  return `pr-${number}-${commit}`
}

/** The request that a tag of ours belongs to. */
export function requestOfTag(tag: string): number | undefined {
  const [, digits] = tag.match(/^pr-([1-9][0-9]{0,9})-[0-9a-f]{40}$/) ?? []
  return digits === undefined ? undefined : Number(digits)
}
