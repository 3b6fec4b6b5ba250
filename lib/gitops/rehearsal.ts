import { dag } from "@dagger.io/dagger"
import { type Run, withEffect } from "../engine/tool.ts"
import { type GitAccess, VOLUME } from "./access.ts"
import { parseGitRemote } from "./git-remote.ts"
import { rehearsalHistory, rehearsalOverlay } from "./rehearsal-files.ts"

const REPOSITORY = `${VOLUME}/gitops.git`

/**
 * A git repository of this run alone, on a volume of the engine, with an overlay for the images: a real commit is pushed
 * to it by the very same steps, and nothing outside the engine is touched.
 */
export async function rehearsalRepository({
  imageNames,
  image,
  run,
}: {
  imageNames: string[]
  image: string
  run: Run
}): Promise<{
  access: GitAccess
  branch: string
  path: string
}> {
  const volume = dag.cacheVolume(`slipway-rehearsal-${run}`)
  await dag
    .container()
    .from(image)
    .withMountedCache(VOLUME, volume)
    .with(withEffect(run))
    .withExec(["git", "init", "--quiet", "--bare", "--template=", "--initial-branch=main", REPOSITORY])
    .withExec(["git", "-C", REPOSITORY, "fast-import", "--quiet"], { stdin: rehearsalHistory(imageNames) })
    .sync()
  return { access: { remote: parseGitRemote(`file://${REPOSITORY}`), volume }, branch: "main", path: rehearsalOverlay }
}
