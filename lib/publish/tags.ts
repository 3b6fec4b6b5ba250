import { parseVersion, type Revision, type Version } from "../config/revision.ts"
import { quote, SlipwayError } from "../error.ts"
import { TAG } from "../oci/reference.ts"

/** `byVersion`: versions decide which image is newer, before commit times. */
export type PlannedTag = { name: string; floating: boolean; byVersion?: boolean }
export type UnearnedTag = { template: string; reason: string }
/** The tags that a commit earns, and the reason for each that it does not earn. */
export type TagPlan = { tags: PlannedTag[]; unearned: UnearnedTag[] }

const LONGEST = 128
const VALID = new RegExp(`^${TAG}$`)
/** Declares a tag that may move, such as floating:stable. */
const FLOATING = "floating:"
/** Marks uncommitted changes: such a tag names no fixed content, and must not take the commit's tag. */
const DIRTY = "-dirty"
const NAMES_COMMIT = /\{(?:sha|shortSha)\}/
const NEEDS_COMMIT = /\{(?:sha|shortSha|branch|date|semver|major|minor)\}/
/** These name a series of releases, so they move. */
const MOVING = /^latest$|\{(?:branch|major|minor)\}/
const NEEDS_VERSION = /\{(?:semver|major|minor)\}/
const DEFAULT_BRANCHES = ["main", "master"]

/**
 * The tags that a commit earns: by default its full git sha. A commit without a version tag earns no {semver}, {major} or
 * {minor}, a pre-release earns no tag that moves by version, a checkout without a branch earns no {branch}, and only a
 * default branch earns `latest`. With uncommitted changes, no version is earned, and {sha} ends in -dirty. A commit that is
 * built again on newer bases gets fixed tags with a suffix, which the first release's are not.
 */
export function planTags(templates: string[], revision?: Revision, defaultBranches = DEFAULT_BRANCHES): TagPlan {
  const all = templates.length ? templates : revision ? ["{sha}"] : []
  all.forEach(requireTemplate)
  const version = revision?.dirty ? undefined : parseVersion(revision?.tags ?? [])
  const judged = all.map((template) => ({
    template,
    reason: whyUnearned(template, { revision, version, defaultBranches }),
  }))
  const tags = judged.flatMap(({ template, reason }) =>
    reason === undefined ? [planTag(template, { revision, version })] : [],
  )
  return {
    tags: tags.filter(({ name }, at) => tags.findIndex((tag) => tag.name === name) === at),
    unearned: judged.flatMap(({ template, reason }) => (reason === undefined ? [] : [{ template, reason }])),
  }
}

/** Whether a template has a value only with a commit. */
export function needsCommit(template: string): boolean {
  return NEEDS_COMMIT.test(template)
}

type Known = { revision?: Revision; version?: Version }

function whyUnearned(
  template: string,
  { revision, version, defaultBranches }: Known & { defaultBranches: string[] },
): string | undefined {
  const { branch, dirty, tags = [] } = revision ?? {}
  if (nameTemplate(template) === "latest" && !defaultBranches.includes(branch ?? "")) {
    return `not earned ${branch ? `on ${branch}` : "without a branch"}, only on ${defaultBranches.join(" or ")}`
  }
  if (!revision) return undefined // rendering reports the missing value
  if (template.includes("{branch}")) {
    if (!branch) return "not earned, because no branch is checked out"
    if (!branchPart(branch)) return `not earned on ${quote(branch)}, because a tag can contain none of its characters`
  }
  if (!NEEDS_VERSION.test(template)) return undefined
  if (dirty) return "not earned with uncommitted changes"
  if (!version) return `not earned, because no git tag of the commit is a version (${tags.join(", ") || "it has none"})`
  if (version.preRelease && isFloating(template)) return `not earned by the pre-release ${version.text}`
  return undefined
}

function planTag(template: string, { revision, version }: Known): PlannedTag {
  const floating = isFloating(template)
  return {
    name: render(floating ? template : `${template}${basesSuffix(revision)}`, valuesOf(revision, version)),
    floating: floating || (revision?.dirty === true && NAMES_COMMIT.test(template)),
    ...(floating && NEEDS_VERSION.test(template) && { byVersion: true }),
  }
}

/** The end of a refreshed release's fixed tags: the same bases give the same tags, and others than the first release has. */
export function basesSuffix(revision?: Revision): string {
  return revision?.refresh ? `-base-${revision.refresh.bases}` : ""
}

function isFloating(template: string): boolean {
  if (template.startsWith(FLOATING)) return true
  return MOVING.test(template) && !template.includes("{sha}") && !isWholeVersion(template)
}

/** {major}.{minor} moves with each patch; with {semver} or {shortSha} in the template, it does not move. */
function isWholeVersion(template: string): boolean {
  return /\{(?:semver|shortSha)\}/.test(template)
}

function nameTemplate(template: string): string {
  return template.startsWith(FLOATING) ? template.slice(FLOATING.length) : template
}

type Values = Record<string, string | undefined>

function valuesOf(revision?: Revision, version?: Version): Values {
  const state = revision?.dirty ? DIRTY : ""
  return {
    sha: revision && `${revision.commit}${state}`,
    shortSha: revision && `${revision.commit.slice(0, 7)}${state}`,
    branch: revision?.branch && branchPart(revision.branch),
    date: revision && new Date(revision.time * 1000).toISOString().slice(0, 10),
    semver: version && tagPart(version.text),
    major: version?.major,
    minor: version?.minor,
  }
}

/** Characters that git allows in a name and a tag does not become a dash, as in other tools. */
function tagPart(text: string): string {
  return text.replace(/[^A-Za-z0-9_.-]+/g, "-")
}

/** A tag must not begin with a dash or a dot. */
function branchPart(branch: string): string {
  return tagPart(branch).replace(/^[.-]+/, "")
}

/** Refuses a template that gives no valid tag for any commit, even if this commit does not earn it. */
function requireTemplate(template: string): void {
  const sample = nameTemplate(template).replace(/\{(\w+)\}/g, (whole, key: string) => (key in valuesOf() ? "0" : whole))
  if (!VALID.test(sample)) throw invalid(sample, template)
}

/** Shortens only the branch if the tag would be too long, because commits and versions must stay distinct. */
function render(template: string, values: Values): string {
  const name = fill(template, values)
  const { branch } = values
  if (name.length > LONGEST && branch && template.includes("{branch}")) {
    const rest = fill(template, { ...values, branch: "" }).length
    const times = template.split("{branch}").length - 1
    const room = Math.floor((LONGEST - rest) / times)
    if (room > 0) return render(template, { ...values, branch: branch.slice(0, room) })
  }
  if (VALID.test(name)) return name
  throw invalid(name, template)
}

function fill(template: string, values: Values): string {
  return nameTemplate(template).replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole)
}

function invalid(name: string, template: string): SlipwayError {
  return new SlipwayError("TAG_INVALID", {
    expected: "a tag of at most 128 letters, digits, dots, dashes and underscores",
    got: `${quote(name)} from the template ${quote(template)}`,
    fix: "Use these characters, and {sha}, {shortSha}, {branch}, {date}, {semver}, {major} or {minor}, which need a source with its .git.",
  })
}
