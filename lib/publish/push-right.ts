import type { Repository } from "../oci/reference.ts"

// The right that each registry asks for, in its own words.
const RIGHTS: { host: RegExp; right: string }[] = [
  { host: /^ghcr\.io$/, right: "packages: write in the job, and the repository among the package's Actions access" },
  {
    host: /^public\.ecr\.aws$/,
    right: "ecr-public:InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload and PutImage",
  },
  {
    host: /\.amazonaws\.com(?:\.cn)?$/,
    right: "ecr:BatchCheckLayerAvailability, InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload and PutImage",
  },
  { host: /\.pkg\.dev$/, right: "roles/artifactregistry.writer on the repository" },
  { host: /\.azurecr\.(?:io|cn|us)$/, right: "the role AcrPush" },
  { host: /(?:^|\.)docker\.io$/, right: "a token with the scope Read & Write" },
  { host: /^registry\.gitlab\./, right: "the role Developer in the project, or a deploy token with write_registry" },
]

/** What a login needs to be allowed to push there. */
export function pushRight({ host }: Repository): string {
  return RIGHTS.find((known) => known.host.test(host))?.right ?? "the right to push to the repository"
}
