import type { Container, Directory } from "@dagger.io/dagger"
import { parseAssignments } from "../config/argument.ts"
import { SlipwayError } from "../error.ts"
import { exportLayout } from "../oci/layout-program.ts"
import { parsePlatforms } from "./platforms.ts"

export type ContainerOptions = { labels: string[]; annotations: string[]; nodeImage: string }

/** Containers that something else built, one for each platform, as the layout that every later stage takes. */
export async function containerLayout(
  containers: Container[],
  { labels, annotations, nodeImage }: ContainerOptions,
): Promise<Directory> {
  if (containers.length === 0) throw noContainers()
  // two of one platform would leave one of them out of every pull
  const platforms = parsePlatforms(await Promise.all(containers.map((container) => container.platform())))
  const images = containers.map((container, i) => ({ container, platform: platforms[i] ?? "", onScratch: false }))
  return await exportLayout(images, {
    nodeImage,
    labels: parseAssignments(labels, "label"),
    annotations: parseAssignments(annotations, "annotation"),
  })
}

function noContainers(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a container for each platform",
    got: "none",
    fix: "Pass the containers that another Dagger function returns, or build a Dockerfile with build-multi-arch.",
  })
}
