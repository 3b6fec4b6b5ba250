import type { ErrorCode } from "../../lib/error.ts"
import { code, page, table } from "./markdown.ts"

/** A sentence for each code: one without is an error of types. */
const MEANING: Record<ErrorCode, string> = {
  OPTIONS_INVALID: "A flag, or a combination of flags, is invalid; nothing ran.",
  SETTINGS_INVALID:
    "`slipway.yaml` or a value of `--set` is invalid; the message names the line, or the path, and the closest known key.",
  REFERENCE_INVALID:
    "A reference is not `repository@sha256:<64 hex digits>`; a tag alone is refused because it can move.",
  ADDRESS_INVALID:
    "The address of an image repository, a registry or a git repository cannot be parsed, or contains a login.",
  PLATFORM_INVALID: "A platform is not `os/architecture[/variant]`, or is named twice.",
  LAYOUT_INVALID:
    "A directory is not an OCI image layout that can be scanned and pushed, or one of its blobs does not match its digest.",
  SOURCE_INVALID: "The source lacks a file or folder that the call needs, or its git checkout cannot be read.",
  RUNNER_NOT_FOUND: "No known test runner recognises the source; the message lists the files that were looked for.",
  TESTS_FAILED:
    "The project's tests failed, did not end in time or found no tests; the message ends with their output.",
  SERVICE_FAILED:
    "A service of the tests did not start or did not pass its health check; the message contains its log.",
  DOCKERFILE_NOT_FOUND:
    "There is no Dockerfile at the given path. The message lists what is there; if only folders have one, `init` writes a slipway.yaml for them.",
  DOCKERFILE_INVALID: "The Dockerfile cannot be parsed; the message names the line.",
  PLATFORM_MISSING:
    "A base image does not exist for a requested platform; the message lists the platforms that it has.",
  BUILD_TIMEOUT: "The build did not end within its time limit.",
  PROVENANCE_INVALID: "The provenance of another job is not about this image or not about this commit.",
  REPORT_INVALID:
    "The report of a scanner cannot be read; an unreadable report never counts as an image without findings.",
  SCANNER_FAILED: "The scanner itself failed, also after a retry; this says nothing about the image.",
  DATABASE_OUTDATED: "The vulnerability database is older than the maximum age.",
  EXCEPTIONS_INVALID: "An exception lacks its reason, owner or expiry date, or cannot be parsed.",
  SMOKE_FAILED:
    "The image does not start, or does not answer. The message has the cause, its exit code and the end of its log for each platform.",
  SMOKE_UNAVAILABLE:
    "The engine could not start the image, for example because it does not emulate the platform. This is not a verdict about the image.",
  GATE_FAILED:
    "At least one finding is at or above the severity threshold; the message names each finding and the version that fixes it.",
  LOGIN_REFUSED:
    "A cloud or registry refused to exchange the job's OIDC token; the message shows issuer, audience and subject.",
  REGISTRY_FAILED: "The registry refused a request or could not be reached; the message contains its response.",
  REPLICA_FAILED:
    "A further registry did not get its copy of the release; the release in the main registry is whole, and a second run of the commit copies what is missing.",
  TAG_INVALID: "A tag or a tag template is invalid.",
  TAG_CONFLICT: "A tag that must not move is already at another digest; no tag was written.",
  CHART_INVALID:
    "The Helm chart cannot be packaged: a file is missing, its version is not semantic, its values have no place for the image, or a dependency cannot be downloaded.",
  KEY_INVALID: "A signing key is missing, malformed, of the wrong kind, or its password is wrong.",
  SIGNING_FAILED: "cosign could not sign or attest; a repeated run continues with the same digest.",
  VERIFICATION_FAILED:
    "A signature or an attestation is missing, or was not made by exactly the expected signer for this repository.",
  OVERLAY_INVALID: "The kustomize overlay is missing, does not build, or does not use the image.",
  EDIT_INVALID: "A value cannot be edited without changing something else; no commit was made.",
  CHECK_FAILED:
    "The bump adds a violation to the rendered manifests; the message names resource, rule and reason, and nothing was pushed.",
  CHECKER_FAILED:
    "A program that renders or checks manifests failed, or a policy cannot be evaluated; this never counts as no violation.",
  IMAGE_NOT_FOUND:
    "The registry does not have the image, or the GitOps file does not name it; the message lists what was found.",
  GIT_FAILED: "git could not read the repository, or could not reach it.",
  PUSH_REFUSED:
    "The git server did not accept the commit, for example on a protected branch, or other writers were first until the time limit.",
  FORGE_REFUSED:
    "The API of GitHub, GitLab, Gitea, Forgejo or Bitbucket refused a request; the message contains its response.",
  PREVIEW_REFUSED:
    "The pull or merge request of a preview is from a fork, is closed, or has a newer commit, as its forge says; nothing was pushed.",
  ROLLBACK_IMPOSSIBLE: "No earlier bump matches; the message lists the bumps that exist.",
  NOTIFY_FAILED: "The webhook of `notify` did not accept a message. It is a line of the report, and never fails a run.",
  SYNC_FAILED: "A resource of the cluster degraded or was aborted, or the API refused the request.",
  SYNC_TIMEOUT: "A resource of the cluster was not live within the time limit; the message contains its last state.",
}

export function renderErrors(): string {
  const shape =
    "Every error has the form `CODE: expected A, got B. FIX.`, and only its message crosses to the caller of a Dagger module. Codes are stable: match on the code, read the rest. A failed `RUN` of a Dockerfile passes the engine's own error."
  return page(
    "Errors",
    "lib/error.ts",
    shape,
    table(
      ["Code", "Meaning"],
      Object.entries(MEANING).map(([name, text]) => [code(name), text]),
    ),
  )
}
