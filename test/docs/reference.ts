import { readFileSync } from "node:fs"
import * as images from "../../src/tool-images.ts"
import { readPublicApi } from "../public-api.ts"
import { renderErrors } from "./errors.ts"
import { renderFunctions } from "./functions.ts"
import { page } from "./markdown.ts"
import { renderKeys, type Schema } from "./schema.ts"
import { renderTools } from "./tools.ts"

export const ROOT = new URL("../../", import.meta.url)
/** What a reader runs when files and code differ. */
export const WRITE = "npx tsx test/docs/write.ts"

/** Every generated page by its path from the root. */
export function referencePages(): Record<string, string> {
  return {
    "docs/reference/functions.md": renderFunctions(readPublicApi()),
    "docs/reference/slipway-yaml.md": settingsPage(),
    "docs/reference/release-json.md": recordPage(),
    "docs/reference/deployed-json.md": deployedPage(),
    "docs/reference/errors.md": renderErrors(),
    "docs/reference/tools.md": renderTools({ ...images }),
  }
}

function settingsPage(): string {
  const source = "lib/config/slipway.schema.json"
  const text = `\`slipway.yaml\` stands in the root of the source. Editors complete and check it with its [schema](../../${source}). A key is a path as \`--set path=VALUE\` takes it; \`NAME\` stands for a name that you choose and \`[]\` for each element of a list. A flag wins over \`--set\`, \`--set\` over the file, and the file over the default. An unknown key is an error that names its line and the closest known key.`
  const repeated = ["test", "build", "scan", "gitops"].map((key) => [
    `services.NAME.${key}`,
    `as \`${key}\`, for this service`,
  ])
  return page("slipway.yaml", source, text, renderKeys(readSchema(source), Object.fromEntries(repeated)))
}

function recordPage(): string {
  const source = "lib/ship/release.schema.json"
  const several = "lib/ship/services.schema.json"
  const text = `\`release.json\` is the record of a run: every other report is derived from it. Validate it with its [schema](../../${source}). With several services in \`slipway.yaml\` the file has the second form below ([schema](../../${several})).`
  const two = [
    "## One image",
    renderKeys(readSchema(source)),
    "## Several services",
    renderKeys(readSchema(several), { "services.NAME.release": "the record of this service, with the keys above" }),
  ]
  return page("release.json", `${source} and ${several}`, text, ...two)
}

function deployedPage(): string {
  const source = "lib/deployed/deployed.schema.json"
  const text = `\`deployed.json\` is the record of \`scan-deployed\`: every other report is derived from it. Validate it with its [schema](../../${source}).`
  return page("deployed.json", source, text, renderKeys(readSchema(source)))
}

function readSchema(path: string): Schema {
  return JSON.parse(readFileSync(new URL(path, ROOT), "utf8"))
}
