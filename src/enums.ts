// Keys equal values, so that the command line shows and takes the same words.

/** Severity of a finding */
export enum Severity {
  UNKNOWN = "UNKNOWN",
  LOW = "LOW",
  MEDIUM = "MEDIUM",
  HIGH = "HIGH",
  CRITICAL = "CRITICAL",
}

/** Program that scans an image */
export enum Scanner {
  TRIVY = "TRIVY",
  GRYPE = "GRYPE",
}

/** Findings in deployed images that fail a run: those that are new since the image's signed report, any, or none */
export enum FailOn {
  NEW = "NEW",
  ANY = "ANY",
  NONE = "NONE",
}

/** Kind of finding that a scan looks for */
export enum FindingType {
  VULN = "VULN",
  SECRET = "SECRET",
  MISCONFIG = "MISCONFIG",
  LICENSE = "LICENSE",
}

/** Kind of package whose findings count */
export enum PackageType {
  OS = "OS",
  LIBRARY = "LIBRARY",
}

/** Test runner */
export enum Runner {
  GO = "GO",
  NODE = "NODE",
  BUN = "BUN",
  PYTHON = "PYTHON",
  RUST = "RUST",
  MAVEN = "MAVEN",
  GRADLE = "GRADLE",
  DOTNET = "DOTNET",
  DOCKERFILE = "DOCKERFILE",
}

/** Form of a signature: a Sigstore bundle as a referrer, cosign's older tag for policy engines that cannot read bundles, or both */
export enum SignatureFormat {
  BUNDLE = "BUNDLE",
  LEGACY = "LEGACY",
  BOTH = "BOTH",
}

/** Software of a git host */
export enum Forge {
  GITHUB = "GITHUB",
  GITLAB = "GITLAB",
  GITEA = "GITEA",
  FORGEJO = "FORGEJO",
  BITBUCKET = "BITBUCKET",
}

/** CI system */
export enum CiSystem {
  GITHUB = "GITHUB",
  GITLAB = "GITLAB",
  NONE = "NONE",
}

/** How a CI job signs: as itself without a key, with a key of cosign, or with a key in a KMS */
export enum Signing {
  KEYLESS = "KEYLESS",
  KEY = "KEY",
  KMS = "KMS",
}

/** Registry whose retention policy is written */
export enum RegistryKind {
  ECR = "ECR",
  ARTIFACT_REGISTRY = "ARTIFACT_REGISTRY",
  HARBOR = "HARBOR",
  ZOT = "ZOT",
}

/** A member as the implementation and slipway.yaml spell it. */
export function lowerCase<Member extends string>(member: Member): Lowercase<Member> {
  return member.toLowerCase() as Lowercase<Member>
}
