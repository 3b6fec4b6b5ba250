import semver from "semver"

/** A release as a git tag names it; `text` is without the leading v. */
export type Version = { text: string; major: string; minor: string; preRelease: boolean }

/** The version among a commit's git tags; of several the last in the order of https://semver.org/#spec-item-11. */
export function parseVersion(tags: string[]): Version | undefined {
  const [last] = tags.flatMap((tag) => semver.parse(tag) ?? []).sort((a, b) => semver.compareBuild(b, a))
  if (!last) return undefined
  return {
    text: last.raw.replace(/^v/, ""),
    major: String(last.major),
    minor: String(last.minor),
    preRelease: last.prerelease.length > 0,
  }
}

/** Below zero if the first comes before the second; undefined if one of them is no version. */
export function compareVersions(first = "", second = ""): number | undefined {
  const [one, other] = [semver.parse(first), semver.parse(second)]
  return one && other ? semver.compare(one, other) : undefined
}
