/** Which image runs each tool; the module's constructor replaces any of them, for an air-gapped site's mirror. */
export type Tools = {
  trivy: string
  /** Where Grype scans instead of Trivy. */
  grype?: string
  cosign: string
  crane: string
  kustomize: string
  registry: string
  git?: string
}

/** Where each official image has its program: cosign's and crane's have no shell, so it is called by path. */
export const TRIVY = "trivy"
export const GRYPE = "/grype"
export const COSIGN = "/ko-app/cosign"
export const CRANE = "/ko-app/crane"
export const KUSTOMIZE = "/app/kustomize"
