import { dag } from "@dagger.io/dagger"
import { fillText, readText } from "../config/file.ts"
import { type Run, withEffect } from "../engine/tool.ts"
import { type GitAccess, VOLUME } from "./git/access.ts"
import { parseGitRemote } from "./git/remote.ts"

/** The overlay that a rehearsal bumps. */
const rehearsalOverlay = "overlays/production"
const DEPLOYMENT = readText(new URL("./rehearsal-deployment.yaml", import.meta.url))

/** A base with a Deployment for each image and an overlay on it, which is the minimum for a bump. */
function rehearsalFiles(imageNames: string[]): Record<string, string> {
  const deployments = imageNames.map((image) => [`${nameOf(image)}.yaml`, deployment(nameOf(image), image)] as const)
  const resources = deployments.map(([file]) => `- ${file}\n`).join("")
  return {
    ...Object.fromEntries(deployments.map(([file, text]) => [`base/${file}`, text])),
    "base/kustomization.yaml": `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${resources}`,
    [`${rehearsalOverlay}/kustomization.yaml`]:
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- ../../base\n",
  }
}

function nameOf(image: string): string {
  return image.slice(image.lastIndexOf("/") + 1)
}

function deployment(name: string, image: string): string {
  return fillText(DEPLOYMENT, { NAME: name, IMAGE: image })
}

/** One commit with these files, in the format of https://git-scm.com/docs/git-fast-import */
export function rehearsalHistory(imageNames: string[]): string {
  const message = "Create a repository for a rehearsal"
  const files = Object.entries(rehearsalFiles(imageNames)).map(
    ([path, text]) => `M 100644 inline ${path}\n${data(text)}`,
  )
  return `commit refs/heads/main\ncommitter Slipway <slipway@example.invalid> 0 +0000\n${data(message)}${files.join("")}\n`
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}

const REPOSITORY = `${VOLUME}/gitops.git`

/**
 * Creates a git repository for this run on a volume of the engine, with an overlay for the images. The real steps push a
 * commit to it, and nothing outside the engine changes.
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
