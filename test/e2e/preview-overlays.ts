import { deployment } from "./deployment.ts"

export const REPOSITORY = "registry.test:5000/team/hello"
/** The folder of the previews' overlays, with their template. */
export const PREVIEWS = "apps/hello/previews"
/** The first line of the comment that a preview writes. */
export const MARKER = `<!-- slipway preview of ${REPOSITORY} -->`
/** A GitOps repository of an application with previews. */
export const FILES = {
  "apps/hello/base/deployment.yaml": deployment("hello"),
  "apps/hello/base/kustomization.yaml": "resources: [deployment.yaml]\n",
  "apps/hello/prod/kustomization.yaml": "resources: [../base]\n",
  [`${PREVIEWS}/template/kustomization.yaml`]: "resources: [../../base]\nnamespace: hello-pr-{number}\n",
}
