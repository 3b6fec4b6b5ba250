import { type BumpOptions, parseBumpOptions } from "../../gitops/options.ts"
import { parseImageName } from "../../gitops/overlay/verdict.ts"
import { type BumpRequest, mergeRequests } from "../../gitops/request.ts"
import { type DigestRef, splitDigestRef } from "../../oci/reference.ts"

/** A chart in its registry, and the version that is its tag. */
export type BumpedChart = { ref: DigestRef; version: string }

/** The place of an image, and the files with the version of its chart. */
type ReleasePlace = Omit<BumpOptions, "ref"> & { charts?: string[]; chartOnly?: boolean }

/**
 * One commit for the image and its chart, so that neither is deployed without the other. Without a place of its own, the
 * image is a trailer of the chart's files: the chart names its digest, the files do not.
 */
export function parseReleaseBump(
  { charts = [], chartOnly = false, ...place }: ReleasePlace,
  { ref, chart }: { ref: DigestRef; chart?: BumpedChart },
): BumpRequest {
  const { edits: _, spareTag: __, kustomizeOptions: ___, ...commit } = place
  const [first] = charts
  const ofChart = chart && first ? [chartBump(commit, { charts, chart, contains: chartOnly ? ref : undefined })] : []
  const ofImage = chartOnly ? [] : [parseBumpOptions({ ...place, ref })]
  const [request, ...others] = [...ofImage, ...ofChart]
  if (!request) throw new Error("a bump of nothing")
  return mergeRequests([request, ...others])
}

function chartBump(
  commit: Omit<ReleasePlace, "charts">,
  { charts, chart, contains }: { charts: string[]; chart: BumpedChart; contains?: DigestRef },
): BumpRequest {
  const { repository } = splitDigestRef(chart.ref)
  const edits = charts.map((place) => chartEdit(place, nameOf(repository.name)))
  const options = { ...commit, image: repository.name, ref: chart.ref, tag: chart.version, edits }
  const request = parseBumpOptions({ ...options, path: "." })
  if (contains === undefined) return request
  const image = { image: parseImageName(splitDigestRef(contains).repository.name), ref: contains }
  const changes = request.changes.map((change) => (change.kind === "file" ? { ...change, contains: image } : change))
  return { ...request, changes }
}

/** FILE or FILE#Kind/name as an edit. */
export function chartEdit(place: string, name: string): string {
  const [file = "", object] = place.split("#", 2)
  return `${file}#chart:${object ? `${object}:` : ""}${name}`
}

function nameOf(repository: string): string {
  return repository.slice(repository.lastIndexOf("/") + 1)
}
