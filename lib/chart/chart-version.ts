import semver from "semver"
import { parseVersion, type Revision } from "../config/revision.ts"
import { quote, SlipwayError } from "../error.ts"
import { basesSuffix, type PlannedTag, planTags } from "../publish/tags.ts"
import type { ChartFile } from "./chart-source.ts"

/** The version in Chart.yaml, in a template. */
const OWN = "{chart}"

/**
 * The chart's version, which is its tag too. By default, the commit's version, and else that of Chart.yaml with the
 * commit as a pre-release: each commit has another image, so it needs another version. It moves only with uncommitted
 * changes, which name no fixed content.
 */
export function planVersion(
  { name, version: own }: Pick<ChartFile, "name" | "version">,
  { template, revision }: { template?: string; revision?: Revision },
): PlannedTag {
  const chosen = template ?? defaultTemplate(revision)
  const filled = chosen.replaceAll(OWN, own.replaceAll("{", "("))
  const { tags, unearned } = isPlain(filled)
    ? { tags: [{ name: `${filled}${basesSuffix(revision)}`, floating: false }], unearned: [] }
    : planTags([filled], revision)
  const [planned] = tags
  if (!planned) throw invalid(name, { chosen, got: `none, because ${chosen} is ${unearned[0]?.reason ?? "empty"}` })
  if (semver.valid(planned.name) !== planned.name) throw invalid(name, { chosen, got: quote(planned.name) })
  return { name: planned.name, floating: revision?.dirty === true && planned.floating }
}

function defaultTemplate(revision?: Revision): string {
  if (!revision) return OWN
  return !revision.dirty && parseVersion(revision.tags) ? "{semver}" : `${OWN}-g{shortSha}`
}

function isPlain(template: string): boolean {
  return !template.includes("{")
}

function invalid(chart: string, { chosen, got }: { chosen: string; got: string }): SlipwayError {
  return new SlipwayError("CHART_INVALID", {
    expected: `a semantic version without build metadata for the chart ${chart}, such as 1.2.3 or 1.2.3-rc.1`,
    got: `${got} from the template ${quote(chosen)}`,
    fix: "Set chart.version in slipway.yaml to a template such as {semver}, {chart} (the version in Chart.yaml) or {chart}-g{shortSha}, or correct Chart.yaml. Nothing was pushed.",
  })
}
