import type { SarifResult, SarifRule } from "./sarif-log.ts"

/** A package that a result is about; what the scanner does not say is empty. */
export type NamedPackage = { package: string; installed: string; purl: string }

const PURL = /pkg:[^\s"'(),]+/g

/**
 * All packages that a result is about: by the purls that it names itself, else by those of its rule, which Docker Scout
 * lists for all packages with the CVE; else in the words of Snyk (a place such as libcap2@1:2.66-4) and Clair (a message
 * such as "libcap2 - 1:2.66-4 - CVE-2023-2603"). None, if it says nothing of a package.
 */
export function packagesOf(result: SarifResult, rule?: SarifRule): NamedPackage[] {
  const places = result.locations.flatMap(({ logicalLocations }) =>
    logicalLocations.flatMap(({ fullyQualifiedName = "" }) => fullyQualifiedName),
  )
  const own = [
    ...listed(result.properties),
    ...[...places, result.message.text].flatMap((text) => text.match(PURL) ?? []),
  ]
  const purls = own.length ? own : listed(rule?.properties ?? {})
  if (purls.length) return [...new Set(purls)].map(fromPurl)
  const named = places.flatMap((place) => fromPlace(place) ?? [])
  if (named.length) return named
  const [, name, installed] = result.message.text.match(CLAIR) ?? []
  return name && installed ? [{ package: name, installed, purl: "" }] : []
}

const CLAIR = /^(\S+) - (\S+) - \S+$/

function listed(properties: Record<string, unknown>): string[] {
  const all = [properties["purls"], properties["purl"]].flat()
  return all.filter((purl) => typeof purl === "string")
}

/** https://github.com/package-url/purl-spec: pkg:type/namespace/name@version?qualifiers */
function fromPurl(purl: string): NamedPackage {
  const [, name, version] = purl.match(/^pkg:[^/]+\/(?:[^@?#]*\/)?([^@/?#]+)(?:@([^?#]+))?/) ?? []
  return { package: decode(name ?? purl), installed: decode(version ?? ""), purl }
}

/** A scope (@acme/lib@1.2) may stand before the version. */
function fromPlace(place: string): NamedPackage | undefined {
  const [, name, installed] = place.match(/^(@?[^@\s]+)@([^@\s]+)$/) ?? []
  return name && installed ? { package: name, installed, purl: "" } : undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
