import { fillText, readText } from "../config/file.ts"

/** The overlay that a rehearsal bumps. */
export const rehearsalOverlay = "overlays/production"
const DEPLOYMENT = readText(new URL("./rehearsal-deployment.yaml", import.meta.url))

/** A base with a Deployment for each image and an overlay on it: the least that shows what a bump does. */
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

/** One commit with these files, as `git fast-import` takes it: https://git-scm.com/docs/git-fast-import */
export function rehearsalHistory(imageNames: string[]): string {
  const message = "Make a repository for a rehearsal"
  const files = Object.entries(rehearsalFiles(imageNames)).map(
    ([path, text]) => `M 100644 inline ${path}\n${data(text)}`,
  )
  return `commit refs/heads/main\ncommitter Slipway <slipway@example.invalid> 0 +0000\n${data(message)}${files.join("")}\n`
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}
