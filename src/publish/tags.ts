import type { Revision } from "../config/revision.ts"
import { quote, SlipwayError } from "../error.ts"
import { TAG } from "../oci/reference-grammar.ts"
import type { TagWish } from "./push.ts"
import { parseVersion, type Version } from "./version.ts"

const VALID = new RegExp(`^${TAG}$`)
/** Declares a tag that may move, such as floating:stable. */
const FLOATING = "floating:"
/** What else there was than the commit: its tag names no content for good, and must not stand in the commit's way. */
const DIRTY = "-dirty"
const NAMES_COMMIT = /\{(?:sha|shortSha)\}/
/** These name a line of releases, not one of them, so they move by what they mean. */
const MOVING = /^latest$|\{(?:branch|major|minor)\}/
const NEEDS_VERSION = /\{(?:semver|major|minor)\}/
const DEFAULT_BRANCHES = ["main", "master"]

/**
 * The tags that a commit earns: its full git sha, unless others are asked for. A commit without a version tag earns no
 * {semver}, {major} or {minor}, a pre-release no tag that moves by version, and a branch beside the default one no `latest`.
 * A checkout with uncommitted changes earns no version, and its {sha} says so.
 */
export function planTags(templates: string[], revision?: Revision, defaultBranches = DEFAULT_BRANCHES): TagWish[] {
  const wanted = templates.length ? templates : revision ? ["{sha}"] : []
  const version = revision?.dirty ? undefined : parseVersion(revision?.tags ?? [])
  const earned = wanted.filter((template) => {
    if (nameTemplate(template) === "latest") return defaultBranches.includes(revision?.branch ?? "")
    if (!NEEDS_VERSION.test(template) || !revision) return true
    return version !== undefined && !(version.preRelease && isFloating(template))
  })
  const wishes = earned.map((template) => ({
    name: render(template, valuesOf(revision, version)),
    floating: isFloating(template) || (revision?.dirty === true && NAMES_COMMIT.test(template)),
  }))
  return wishes.filter(({ name }, at) => wishes.findIndex((wish) => wish.name === name) === at)
}

function isFloating(template: string): boolean {
  if (template.startsWith(FLOATING)) return true
  return MOVING.test(template) && !template.includes("{sha}") && !isWholeVersion(template)
}

/** {major}.{minor} moves with each patch; {semver} or a commit's own part beside it does not. */
function isWholeVersion(template: string): boolean {
  return /\{(?:semver|shortSha)\}/.test(template)
}

function nameTemplate(template: string): string {
  return template.startsWith(FLOATING) ? template.slice(FLOATING.length) : template
}

function valuesOf(revision?: Revision, version?: Version): Record<string, string | undefined> {
  const state = revision?.dirty ? DIRTY : ""
  return {
    sha: revision && `${revision.commit}${state}`,
    shortSha: revision && `${revision.commit.slice(0, 7)}${state}`,
    branch: revision?.branch,
    date: revision && new Date(revision.time * 1000).toISOString().slice(0, 10),
    semver: version?.text,
    major: version?.major,
    minor: version?.minor,
  }
}

function render(template: string, values: Record<string, string | undefined>): string {
  const name = nameTemplate(template).replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole)
  if (VALID.test(name)) return name
  throw new SlipwayError("TAG_INVALID", {
    expected: "a tag of at most 128 letters, digits, dots, dashes and underscores",
    got: `${quote(name)} from the template ${quote(template)}`,
    fix: "{sha}, {shortSha}, {branch}, {date}, {semver}, {major} and {minor} come from the source's .git; {branch} needs a branch that is checked out, and its name as a valid tag.",
  })
}
