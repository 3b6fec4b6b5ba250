import { type Directory, dag, type File } from "@dagger.io/dagger"
import type { BuildOptions } from "../build/docker-build.ts"
import { parseCi } from "../config/ci.ts"
import type { Tools } from "../config/tools.ts"
import { describeBuild } from "../sign/provenance.ts"
import { buildFacts } from "./build-facts.ts"
import { buildSource } from "./build-source.ts"
import { startStopwatch } from "./stopwatch.ts"

/** What a job without any right can say of its build, for the one that signs. */
export async function buildProvenance(
  source: Directory,
  { build, ci: variables, tools }: { build: BuildOptions; ci: string[]; tools: Tools },
): Promise<File> {
  const ci = parseCi(variables)
  const { stages, measure } = startStopwatch()
  const built = await measure("build", () => buildSource(source, { build, tools, ...(ci && { ci }) }))
  const provenance = describeBuild(buildFacts({ built, options: build, tools, stages, ...(ci && { ci }) }))
  return dag.file("provenance.json", `${JSON.stringify(provenance, null, 2)}\n`)
}
