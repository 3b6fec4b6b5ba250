/** The overlay that a rehearsal bumps. */
export const rehearsalOverlay = "overlays/production"

/** A base with one Deployment and an overlay on it: the least that shows what a bump does. */
function rehearsalFiles(imageName: string): Record<string, string> {
  return {
    "base/deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  selector:
    matchLabels:
      app: app
  template:
    metadata:
      labels:
        app: app
    spec:
      containers:
        - name: app
          image: ${imageName}
`,
    "base/kustomization.yaml":
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- deployment.yaml\n",
    [`${rehearsalOverlay}/kustomization.yaml`]:
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- ../../base\n",
  }
}

/** One commit with these files, as `git fast-import` takes it: https://git-scm.com/docs/git-fast-import */
export function rehearsalHistory(imageName: string): string {
  const message = "Make a repository for a rehearsal"
  const files = Object.entries(rehearsalFiles(imageName)).map(
    ([path, text]) => `M 100644 inline ${path}\n${data(text)}`,
  )
  return `commit refs/heads/main\ncommitter Slipway <slipway@example.invalid> 0 +0000\n${data(message)}${files.join("")}\n`
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}
