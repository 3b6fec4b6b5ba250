import type { Directory } from "@dagger.io/dagger"
import { NODE_IMAGE } from "../../src/tool-images.ts"
import { buildImage } from "../build/docker-build.ts"
import { type BuildReading, readBuild } from "../build/reading.ts"
import { readRevision } from "../config/checkout.ts"
import type { Revision } from "../config/revision.ts"
import { deferRejection } from "../engine/concurrency.ts"
import { readLayout } from "../oci/layout.ts"
import { verifyLayout } from "../oci/layout-program.ts"
import type { Built, ShipOptions } from "./context.ts"
import type { GivenImage } from "./given-image.ts"
import { isDirty, parseGivenProvenance } from "./given-provenance.ts"
import { pullSizes } from "./pull-sizes.ts"
import { releaseRevision } from "./revision.ts"
import { inShipsWords } from "./ships-words.ts"

type BuildWhat = Pick<ShipOptions, "build" | "given" | "ci" | "service" | "tools">

/** What is known of an image before anything of its source runs: all, of one that was given. */
export type ImageStart =
  | { kind: "given"; image: Promise<Built> }
  | { kind: "source"; reading: Promise<BuildReading>; revision: Promise<Revision | undefined> }

export function startImage(
  source: Directory,
  { given, build, service, tools }: BuildWhat,
  known?: Promise<Revision | undefined>,
): ImageStart {
  const read = known ?? readRevision(source, tools.kustomize)
  const revision = deferRejection(inShipsWords(read.then((found) => releaseRevision(found, { service }))))
  const nodeImage = build.nodeImage ?? NODE_IMAGE
  if (given) return { kind: "given", image: deferRejection(readGivenImage(given, { revision, nodeImage })) }
  return { kind: "source", revision, reading: deferRejection(inShipsWords(readBuild(source, build, revision))) }
}

/** Builds the image, or takes the one that was given, and reads what the record and the plan say of it. */
export async function buildSource(
  source: Directory,
  what: BuildWhat,
  start = startImage(source, what),
): Promise<Built> {
  const built = start.kind === "given" ? await start.image : await buildHere(source, what.build, start.reading)
  const revision = releaseRevision(built.revision, what)
  return { ...built, ...(revision && { revision }) }
}

/** The commit that the image is of: a given one's own provenance may say that it was dirty. */
export async function startedRevision(start: ImageStart): Promise<Revision | undefined> {
  return start.kind === "given" ? (await start.image).revision : await start.revision
}

async function buildHere(
  source: Directory,
  options: ShipOptions["build"],
  reading: Promise<BuildReading>,
): Promise<Built> {
  const image = await buildImage(source, options, reading)
  const content = await readLayout(image.layout)
  return { ...image, content, sizes: pullSizes(content) }
}

/**
 * The image as if it had been built here, with the other job's word for how. That job has no rights and may be anybody's,
 * so every blob of its layout is hashed before anything reads it.
 */
async function readGivenImage(
  given: GivenImage,
  { revision: known, nodeImage }: { revision: Promise<Revision | undefined>; nodeImage: string },
): Promise<Built> {
  const opening = verifyLayout(given.layout, nodeImage)
  const [{ layout, content }, read, text] = await Promise.all([opening, known, given.provenance.contents()])
  const said = parseGivenProvenance(text, content, { revision: read, commit: given.commit })
  const revision = read && { ...read, dirty: read.dirty || isDirty(said) }
  const sizes = pullSizes(content)
  return { layout, content, sizes, warnings: [], bases: [], provenance: said, ...(revision && { revision }) }
}
