import type { Directory } from "@dagger.io/dagger"
import { buildImage } from "../build/docker-build.ts"
import { readLayout } from "../oci/layout.ts"
import type { Built, ShipOptions } from "./context.ts"
import { readGivenImage } from "./given-image.ts"
import { pullSizes } from "./pull-sizes.ts"
import { ciRevision } from "./revision.ts"

type BuildWhat = Pick<ShipOptions, "build" | "given" | "ci" | "tools">

/** Builds the image, or takes the one that was given, and reads what the record and the plan say of it. */
export async function buildSource(source: Directory, { given, ci, build, tools }: BuildWhat): Promise<Built> {
  const built = given ? await readGivenImage(source, given, tools.kustomize) : await buildHere(source, build)
  const revision = ciRevision(built.revision, ci)
  return { ...built, ...(revision && { revision }) }
}

async function buildHere(source: Directory, options: ShipOptions["build"]): Promise<Built> {
  const image = await buildImage(source, options)
  const content = await readLayout(image.layout)
  return { ...image, content, sizes: await pullSizes(image.layout, content) }
}
