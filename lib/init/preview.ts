import { parse } from "yaml"
import { z } from "zod"
import { fillText, MOST_ALIASES, readText } from "../config/file.ts"
import type { CiFile, CiJob, CiSystem } from "./ci-system.ts"
import { signGithub, signGitlab } from "./signing.ts"

const TEMPLATES = {
  github: readText(new URL("./github-preview.yml", import.meta.url)),
  gitlab: readText(new URL("./gitlab-preview.yml", import.meta.url)),
}

/** The CI file of previews, which is separate: it runs on other events, and has rights that a rehearsal must not have. */
export const PREVIEW_FILES = { github: ".github/workflows/preview.yml", gitlab: ".gitlab/preview.yml" }

/** The jobs that ship the previews of requests, and remove those of closed ones. */
export function previewFile(system: CiSystem, { module, signing }: CiJob): CiFile | undefined {
  if (system === "none") return undefined
  const text = fillText(TEMPLATES[system], { MODULE: module })
  const sign = system === "github" ? signGithub : signGitlab
  return { path: PREVIEW_FILES[system], text: sign(text, signing) }
}

const WithPreview = z.object({ preview: z.union([z.literal(true), z.looseObject({})]) })

/** Whether existing settings have previews; a file that cannot be read has none, and ship names what is wrong in it. */
export function hasPreviews(settings: string): boolean {
  try {
    return WithPreview.safeParse(parse(settings, { logLevel: "error", maxAliasCount: MOST_ALIASES })).success
  } catch {
    return false
  }
}
