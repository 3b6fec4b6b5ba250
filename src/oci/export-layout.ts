import { readFileSync } from "node:fs"
import { type Container, type Directory, dag } from "@dagger.io/dagger"
import type { Plan } from "./canonical/layout.ts"
import { parseImageIndex, renderImageIndex } from "./image-index.ts"
import { layoutWithIndex } from "./layout.ts"

const WORK = "/slipway"
/** The program that finishes a layout runs beside the engine, in Node alone; these are its files. */
const PROGRAM = ["byte-reader", "image", "layer", "layout", "pax", "retime", "tar-header", "untar"]
const RUN = [
  `const { canonicalLayout } = await import("${WORK}/canonical/layout.ts")`,
  "const [tarball, folder, plan] = process.argv.slice(1)",
  "await canonicalLayout(tarball, folder, JSON.parse(plan))",
].join("\n")

/** One container per platform as one layout with one image index, for one platform too. */
export async function exportLayout(
  images: Container[],
  { nodeImage, ...plan }: Plan & { nodeImage: string },
): Promise<Directory> {
  const tarball = dag.container().asTarball({ platformVariants: images })
  const layout = dag
    .container()
    .from(nodeImage)
    .withDirectory(`${WORK}/canonical`, program())
    .withMountedFile(`${WORK}/image.tar`, tarball)
    .withNewFile(`${WORK}/layout/.keep`, "")
    .withExec([
      "node",
      "--input-type=module",
      "--eval",
      RUN,
      `${WORK}/image.tar`,
      `${WORK}/layout`,
      JSON.stringify(plan),
    ])
    .directory(`${WORK}/layout`)
    .withoutFile(".keep")
  const { manifests } = parseImageIndex(await layout.file("index.json").contents(), "index.json")
  const annotations = Object.keys(plan.annotations).length > 0 ? plan.annotations : undefined
  return layoutWithIndex(layout, renderImageIndex(manifests, annotations))
}

function program(): Directory {
  return PROGRAM.reduce(
    (folder, name) =>
      folder.withNewFile(`${name}.ts`, readFileSync(new URL(`./canonical/${name}.ts`, import.meta.url), "utf8")),
    dag.directory(),
  )
}
