/** How the CI job signs: as itself, with a key of cosign, or with a key in a KMS. */
export type Signing = "keyless" | "key" | "kms"

/** Servers whose jobs Sigstore's public authority issues certificates to; any other needs a private instance. */
const PUBLIC_HOSTS = ["github.com", "gitlab.com"]

/** The caller's choice; otherwise keyless where the public instance knows the repository's server. */
export function chooseSigning(
  flag: Signing | undefined,
  { system, remote }: { system: string; remote?: string },
): Signing {
  if (flag) return flag
  if (system === "none") return "key"
  const [, host] = remote?.match(/^https?:\/\/(?:[^/@]*@)?([^/:]+)/) ?? []
  return host === undefined || PUBLIC_HOSTS.includes(host) ? "keyless" : "key"
}

/** The lines of a job that signs in another way than the template, which signs without a key. */
type JobLines = { flags: string[]; secrets: string[] }
const KEY: JobLines = {
  flags: ["--cosign-key=env:COSIGN_KEY --cosign-password=env:COSIGN_PASSWORD"],
  secrets: ["COSIGN_KEY", "COSIGN_PASSWORD"],
}
/** Those of AWS; another KMS has others, which slipway.yaml says. */
const AWS = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
const KMS: JobLines = {
  flags: [`--kms-credentials=${AWS.map((name) => `env:${name}`).join(",")}`, `--kms-credential-names=${AWS.join(",")}`],
  secrets: AWS,
}

/** Replaces the template's way to sign in a GitHub workflow. */
export function signGithub(text: string, signing: Signing): string {
  if (signing === "keyless") return text
  const { flags, secrets } = signing === "kms" ? KMS : KEY
  return replaceEach(text, [
    [/^ +id-token: write.*\n/m, ""],
    [/^( +)--request-url=.*\n/m, `$1${flags.join(" \\\n$1")} \\\n`],
    [/^( +)REGISTRY_TOKEN: .*\n/m, `$&${secrets.map((name) => `$1${name}: \${{ secrets.${name} }}\n`).join("")}`],
  ])
}

/** Replaces the template's way to sign in a GitLab pipeline, whose jobs have all variables of the project. */
export function signGitlab(text: string, signing: Signing): string {
  if (signing === "keyless") return text
  const { flags, secrets } = signing === "kms" ? KMS : KEY
  const names = [...secrets, "GITOPS_TOKEN"]
  const list = `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are $1masked CI/CD variables.`
  return replaceEach(text, [
    [/^ {2}id_tokens:\n(?: {4}.*\n)+/m, ""],
    [/^( +)--identity-token=.*\n/m, `$1${flags.join("\n$1")}\n`],
    [/GITOPS_TOKEN is a (protected, )?masked CI\/CD variable\./, list],
  ])
}

/** The scheduled GitHub jobs verify by the workflow's identity; a key or a KMS key is in slipway.yaml. */
export function scheduleGithub(text: string, signing: Signing): string {
  if (signing === "keyless") return text
  const [flags, secrets] = signing === "kms" ? [KMS.flags, KMS.secrets] : [[], []]
  return replaceEach(text, [
    [/^ +#.*signs the reports.*\n +SIGNER: .*\n/m, ""],
    [/^( +)--identity=.*\n/m, flags.map((flag) => `$1${flag} \\\n`).join("")],
    [/^( +)REGISTRY_TOKEN: .*\n/m, `$&${secrets.map((name) => `$1${name}: \${{ secrets.${name} }}\n`).join("")}`],
  ])
}

/** The same for GitLab. */
export function scheduleGitlab(text: string, signing: Signing): string {
  if (signing === "keyless") return text
  const flags = signing === "kms" ? KMS.flags : []
  return replaceEach(text, [
    [/^ +#.*signs the reports.*\n +SIGNER: .*\n/m, ""],
    [/^( +)--identity=.*\n/m, flags.map((flag) => `$1${flag}\n`).join("")],
  ])
}

/** A template that has changed must not silently keep the other way to sign. */
function replaceEach(text: string, replacements: [pattern: RegExp, by: string][]): string {
  return replacements.reduce((all, [pattern, by]) => {
    if (!pattern.test(all)) throw new Error(`the template has nothing that matches ${pattern}`)
    return all.replace(pattern, by)
  }, text)
}

/** Comments of slipway.yaml about the signer. The public log is permanent, also for a private repository. */
export function signingLines(signing: Signing): string[] {
  switch (signing) {
    case "keyless":
      return [
        "# The CI job signs without a key, by its own identity.",
        "# Sigstore's public log shows the names of repository, workflow and branch to everyone, also of a private repository.",
        "# To avoid that: init --signing=KEY, or --signing=KMS for a key in a KMS, or a private Sigstore instance:",
        "# sign: { fulcioUrl: https://fulcio.acme.example, rekorUrl: https://rekor.acme.example, trustedRoot: trusted-root.json }",
      ]
    case "key":
      return [
        "# The signer's public key. With it, ship refuses another key. Its private half is the argument --cosign-key:",
        "# sign: { publicKey: cosign.pub }",
      ]
    case "kms":
      return [
        "# The key that signs. The job passes the credentials of AWS; for Google Cloud, Azure or Vault, pass what their client reads.",
        "# sign: { kmsKey: awskms:///alias/slipway }",
      ]
  }
}
