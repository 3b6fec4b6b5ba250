import { type Directory, dag } from "@dagger.io/dagger"
import type { BuildOptions } from "../build/docker-build.ts"
import { parseCi } from "../config/ci.ts"
import type { Tools } from "../engine/tool.ts"
import { describeBuild } from "../sign/provenance.ts"
import { buildFacts } from "./attestation.ts"
import { buildSource } from "./source-image.ts"
import { startStopwatch } from "./stopwatch.ts"

/** One build as one object: the image and its provenance are of the same build, so they cannot disagree. */
export async function buildResult(
  source: Directory,
  { build, ci: variables, tools }: { build: BuildOptions; ci: string[]; tools: Tools },
) {
  const ci = parseCi(variables)
  const { stages, measure } = startStopwatch()
  const built = await measure("build", () => buildSource(source, { build, tools, ...(ci && { ci }) }))
  const predicate = describeBuild(buildFacts({ built, options: build, tools, stages, ...(ci && { ci }) }))
  const provenance = dag.file("provenance.json", `${JSON.stringify(predicate, null, 2)}\n`)
  const { layout, content, warnings } = built
  return {
    layout,
    digest: content.digest,
    platforms: content.manifests.map(({ platform }) => platform),
    provenance,
    warnings,
    files: dag.directory().withDirectory("layout", layout).withFile("provenance.json", provenance),
  }
}
