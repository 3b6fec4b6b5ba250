import { z } from "zod"
import { groupBy } from "../../config/group.ts"
import { parseReport } from "../finding.ts"
import { readPurl } from "../purl.ts"

/** A package in an SBOM; `type` is that of its purl, such as deb or npm, or "os" for the distribution. */
export type Package = { type: string; name: string; version: string }

const Component = z.object({
  type: z.string(),
  name: z.string(),
  version: z.string().default(""),
  purl: z.string().default(""),
})
const CycloneDx = z.object({ bomFormat: z.literal("CycloneDX"), components: z.array(Component).default([]) })

/** Reads the packages of a CycloneDX SBOM, as Trivy and Grype write it: https://cyclonedx.org/docs/1.6/json/ */
export function readCycloneDx(text: string): Package[] {
  return parseReport(CycloneDx, text, { what: "a CycloneDX SBOM, as JSON" }).components.flatMap(packageOf)
}

/** Lock files and binaries are components without a purl; only their packages count. */
function packageOf({ type, name, version, purl }: z.infer<typeof Component>): Package[] {
  if (type === "operating-system") return [{ type: "os", name, version }]
  const locator = readPurl(purl)
  const [, kind, path] = locator.name.match(/^pkg:([^/]+)\/(.+)$/) ?? []
  if (!kind || !path) return []
  // the namespace of a distribution's package is the distribution
  const short = DISTRIBUTIONS.includes(kind) ? (path.split("/").at(-1) ?? path) : path
  return [{ type: kind, name: short, version: version || locator.version }]
}

/** https://github.com/package-url/purl-spec/tree/main/types: the package managers of distributions. */
const DISTRIBUTIONS = ["alpm", "apk", "deb", "rpm"]

/** The packages of an SBOM, each as its purl without qualifiers, which a finding about it names too. */
export function readPurls(text: string): Set<string> {
  const { components } = parseReport(CycloneDx, text, { what: "a CycloneDX SBOM, as JSON" })
  return new Set(components.flatMap(({ purl }) => (purl ? [purlKey(purl)] : [])))
}

export function purlKey(purl: string): string {
  const { name, version } = readPurl(purl)
  return `${name}@${version}`
}

/** A package whose versions differ; without `from` it was added, without `to` removed. */
export type PackageChange = { type: string; name: string; from: string[]; to: string[]; platforms: string[] }

/** The packages of one platform in two images. */
type PlatformPackages = { platform: string; before: Package[]; after: Package[] }

/** The packages that differ, in order of their name; equal changes of several platforms are one. */
export function diffPackages(platforms: PlatformPackages[]): PackageChange[] {
  const changes = platforms.flatMap(diffPlatform)
  const same = groupBy(changes, ({ platforms: _, ...change }) => JSON.stringify(change))
  const merged = same.map(([first, ...others]) => {
    return { ...first, platforms: [first, ...others].flatMap((change) => change.platforms) }
  })
  return merged.sort((a, b) => a.name.localeCompare(b.name) || a.type.localeCompare(b.type))
}

function diffPlatform({ platform, before, after }: PlatformPackages): PackageChange[] {
  const [old, now] = [versionsOf(before), versionsOf(after)]
  return [...new Map([...old, ...now])].flatMap(([key, { type, name }]) => {
    const [from, to] = [old.get(key)?.versions ?? [], now.get(key)?.versions ?? []]
    return from.join() === to.join() ? [] : [{ type, name, from, to, platforms: [platform] }]
  })
}

type PackageVersions = { type: string; name: string; versions: string[] }

/** An image may have several versions of a package, such as a library of two programs. */
function versionsOf(packages: Package[]): Map<string, PackageVersions> {
  const groups = groupBy(packages, ({ type, name }) => JSON.stringify([type, name]))
  return new Map(
    groups.map(([first, ...others]) => {
      const versions = [...new Set([first, ...others].map(({ version }) => version))].sort()
      return [JSON.stringify([first.type, first.name]), { type: first.type, name: first.name, versions }]
    }),
  )
}
