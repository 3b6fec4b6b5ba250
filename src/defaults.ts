// Defaults of the facade's arguments: it names them by import, as Dagger shows them, so they lie where it reads.
export const DEFAULT_MESSAGE = "Bump {image} to {digest} in {path}"
export const DEFAULT_AUTHOR = "slipway"
export const DEFAULT_EMAIL = "slipway@noreply.invalid"
export const DEFAULT_TIMEOUT = 300
export const PROMOTION_MESSAGE = "Promote {image} at {digest} to {path}"
export const ROLLBACK_MESSAGE = "Roll {image} back to {digest} in {path}"
export const DEFAULT_NAME = "registry-login"
/** Half of what the CI files give a job, so that tests that hang leave a report before the job is killed. In seconds. */
export const TEST_SECONDS = 3600
/** Stands where the module's own address belongs, which a module cannot know. */
export const MODULE_PLACEHOLDER = "github.com/acme/slipway@0000000000000000000000000000000000000000"
/** The same for a build. In seconds. */
export const BUILD_SECONDS = 3600
export const SCAN_SECONDS = 300
export const AZURE_AUDIENCE = "api://AzureADTokenExchange"
export const ENTRA_ENDPOINT = "https://login.microsoftonline.com"
/** What GitHub's tokens for AWS are asked for, by convention. */
export const AWS_AUDIENCE = "sts.amazonaws.com"
export const STS_ENDPOINT = "https://sts.googleapis.com/v1/token"
export const IAM_ENDPOINT = "https://iamcredentials.googleapis.com"
export const HUB_AUDIENCE = "https://identity.docker.com"
export const HUB_ENDPOINT = "https://identity.docker.com/oauth/token"
