/** A release as a git tag names it; `text` is without the leading v. */
export type Version = { text: string; major: string; minor: string; preRelease: boolean }

// https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string
const SHAPE = /^v?((0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$/

/** The version among a commit's git tags; of several the one that comes last, and a release before its candidates. */
export function parseVersion(tags: string[]): Version | undefined {
  return tags
    .flatMap((tag) => {
      const [, text, major, minor, patch, preRelease] = tag.match(SHAPE) ?? []
      if (!text || !major || !minor) return []
      const order = [Number(major), Number(minor), Number(patch), preRelease ? 0 : 1]
      return [{ version: { text, major, minor, preRelease: preRelease !== undefined }, order }]
    })
    .sort((a, b) => compare(a.order, b.order))
    .at(-1)?.version
}

function compare(left: number[], right: number[]): number {
  const at = left.findIndex((value, index) => value !== right[index])
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
}
