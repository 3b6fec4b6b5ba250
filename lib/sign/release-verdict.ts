import type { Digest } from "../oci/reference.ts"
import { predicateLabel } from "./predicate-type.ts"

/** What was really found: the index's children, and what the signer said of each. */
export type PlatformEvidence = { platform: string; digest: Digest; types: string[] }

/** What a release has to be. `platforms` without digests is the set that was asked for; `scanned` is that with digests. */
export type ReleaseExpectation = {
  platforms: string[]
  scanned?: { platform: string; digest: string }[]
  indexTypes: string[]
  platformTypes: string[]
}

/** Why the release is refused, a sentence for each reason; none if it is whole. */
export function judgeRelease(
  found: { indexTypes: string[]; platforms: PlatformEvidence[] },
  expected: ReleaseExpectation,
): string[] {
  return [
    ...(found.platforms.length === 0 ? ["the image index lists no image"] : []),
    ...missingOf("the image index", expected.indexTypes, found.indexTypes),
    ...doubles(found.platforms),
    ...platformSet(found.platforms, expected),
    ...found.platforms.flatMap((platform) => differsFromScan(platform, expected)),
    ...found.platforms.flatMap(({ platform, types }) => missingOf(platform, expected.platformTypes, types)),
  ]
}

function missingOf(what: string, wanted: string[], types: string[]): string[] {
  return wanted
    .filter((type) => !types.includes(type))
    .map((type) => `${what} has no ${predicateLabel(type)} by the signer`)
}

function doubles(found: PlatformEvidence[]): string[] {
  const names = found.map(({ platform }) => platform)
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))].map(
    (name) => `${name} is in the index twice`,
  )
}

function platformSet(found: PlatformEvidence[], { platforms, scanned }: ReleaseExpectation): string[] {
  const wanted = platforms.length ? platforms : scanned?.map(({ platform }) => platform)
  if (!wanted) return []
  const names = found.map(({ platform }) => platform)
  return [
    ...wanted.filter((platform) => !names.includes(platform)).map((platform) => `${platform} is missing in the index`),
    ...names
      .filter((platform) => !wanted.includes(platform))
      .map((platform) => `${platform} is in the index, and nobody asked for it`),
  ]
}

function differsFromScan({ platform, digest }: PlatformEvidence, { scanned }: ReleaseExpectation): string[] {
  const scan = scanned?.find((one) => one.platform === platform)
  return scan && scan.digest !== digest ? [`${platform} is ${digest}, but ${scan.digest} was scanned`] : []
}
