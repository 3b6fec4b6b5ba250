// Without these two lines the runtime's TypeScript also parses the 2 MB of types of a browser, at each call: it reads no tsconfig.json.
/// <reference no-default-lib="true" />
/// <reference lib="es2023" />

// Defaults of the facade's arguments: it names them by import, as Dagger shows them, so they lie where it reads.
export const DEFAULT_NAME = "registry-login"
/** Stands where the module's own address belongs, which a module cannot know. */
export const MODULE_PLACEHOLDER = "github.com/acme/slipway@0000000000000000000000000000000000000000"
export const AZURE_AUDIENCE = "api://AzureADTokenExchange"
export const ENTRA_ENDPOINT = "https://login.microsoftonline.com"
/** What GitHub's tokens for AWS are asked for, by convention. */
export const AWS_AUDIENCE = "sts.amazonaws.com"
export const STS_ENDPOINT = "https://sts.googleapis.com/v1/token"
export const IAM_ENDPOINT = "https://iamcredentials.googleapis.com"
export const HUB_AUDIENCE = "https://identity.docker.com"
export const HUB_ENDPOINT = "https://identity.docker.com/oauth/token"
