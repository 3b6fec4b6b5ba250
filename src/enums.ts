/** How bad a finding is. Keys equal values, so that the command line shows and takes the same words. */
export enum Severity {
  UNKNOWN = "UNKNOWN",
  LOW = "LOW",
  MEDIUM = "MEDIUM",
  HIGH = "HIGH",
  CRITICAL = "CRITICAL",
}

/** Which program looks. Keys equal values, so that the command line shows and takes the same words. */
export enum Scanner {
  TRIVY = "TRIVY",
  GRYPE = "GRYPE",
}

/** Which registry's own policy is written. Keys equal values, so that the command line shows and takes the same words. */
export enum RegistryKind {
  ECR = "ECR",
  ARTIFACT_REGISTRY = "ARTIFACT_REGISTRY",
  HARBOR = "HARBOR",
  ZOT = "ZOT",
}
