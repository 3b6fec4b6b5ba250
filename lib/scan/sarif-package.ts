import type { SarifResult, SarifRule } from "./sarif-log.ts"

/** A package that a result is about; what the scanner does not say is empty. */
export type NamedPackage = { package: string; installed: string; purl: string }

const PURL = /pkg:[^\s"'(),]+/g

/**
 * All packages that a result is about: by the purls that it names itself, else by those of its rule, which Docker Scout
 * lists for all packages with the CVE; else in the words of Trivy (lines such as "Package: libcap2" in the message), Grype
 * (the same in its rule, which is about one package), Snyk (a place such as libcap2@1:2.66-4) or Clair (a message such as
 * "libcap2 - 1:2.66-4 - CVE-2023-2603"). None, if it says nothing of a package.
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
  const lines = fromLines(result.message.text) ?? fromLines(rule?.help.text ?? "")
  if (lines) return [lines]
  const named = places.flatMap((place) => fromPlace(place) ?? [])
  if (named.length) return named
  const { name, installed } = clairWords(result.message.text) ?? {}
  return name && installed ? [{ package: name, installed, purl: "" }] : []
}

/**
 * What Clair says: package, version, and the advisory in its vendor's words, such as "RHSA-2022:0892: libarchive security
 * update (Moderate)". https://github.com/quay/clair-action/blob/main/output/templates/sarif.tpl
 */
export function clairWords(text: string): { name: string; installed: string; advisory: string } | undefined {
  const [, name, installed, advisory] = text.match(/^(\S+) - (\S+) - (\S*[-:.]\S*\d.*)$/) ?? []
  return name && installed && advisory ? { name, installed, advisory } : undefined
}

/** The version may have a line of either name; without one it would be a rule that is about several packages. */
function fromLines(text: string): NamedPackage | undefined {
  const [, name] = text.match(/^Package:[ \t]*(\S.*?)[ \t]*$/m) ?? []
  const [, installed] = text.match(/^(?:Installed )?Version:[ \t]*(\S.*?)[ \t]*$/m) ?? []
  return name && installed ? { package: name, installed, purl: "" } : undefined
}

function listed(properties: Record<string, unknown>): string[] {
  const all = [properties["purls"], properties["purl"]].flat()
  return all.filter((purl) => typeof purl === "string")
}

/** https://github.com/package-url/purl-spec: pkg:type/namespace/name@version?qualifiers */
function fromPurl(purl: string): NamedPackage {
  const [, name, version] = purl.match(/^pkg:[^/]+\/(?:[^@?#]*\/)?([^@/?#]+)(?:@([^?#]+))?/) ?? []
  return { package: decode(name ?? purl), installed: decode(version ?? ""), purl }
}

/** A scope (@acme/lib@1.2) may stand before the version. An image by its digest, with a file in it, is no package. */
function fromPlace(place: string): NamedPackage | undefined {
  const [, name, installed] = place.match(/^(@?[^@\s]+)@(?!sha256:)([^@\s/]+)$/) ?? []
  return name && installed ? { package: name, installed, purl: "" } : undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
