import type { AskForge, WriteDeployment } from "./forge.ts"
import { GITHUB } from "./github.ts"
import { githubDeployment } from "./github-deployment.ts"
import { GITLAB } from "./gitlab.ts"
import { gitlabDeployment } from "./gitlab-deployment.ts"
import { call, type ForgeAccess, readResponse } from "./pull-request.ts"

/** The forges with an API for deployments, by the name in the settings; Gitea, Forgejo and Bitbucket have none. */
export const DEPLOYMENT_FORGES = {
  github: {
    forge: {
      ...GITHUB,
      noun: "deployment",
      permission:
        "The token needs the repository permission Deployments: Read and write (in a job, permissions: deployments: write); for linked artifacts also Artifact metadata.",
    },
    write: githubDeployment,
  },
  gitlab: {
    forge: {
      ...GITLAB,
      noun: "deployment",
      permission:
        "A project or group access token needs the scope api and at least the role Developer; a protected environment must allow its user to deploy.",
    },
    write: gitlabDeployment,
  },
} satisfies Record<string, { forge: ForgeAccess["forge"]; write: WriteDeployment }>

export type DeploymentForge = keyof typeof DEPLOYMENT_FORGES

/** The forge as something to ask. A refusal is an error with the permission that a token lacks. */
export function askForge(access: ForgeAccess): AskForge {
  return async (request, { schema, what, absent }) => {
    const response = await call(request, access, "The deployment is not recorded.")
    if (response.status === 404 && absent !== undefined) return absent
    return readResponse(response, { schema, what, access })
  }
}
