import { stringify } from "yaml"
import { PULL_KEY, PULL_TYPE, type PullObject } from "./pull-object.ts"

/** The manifest of the Secret itself. Base64 hides nothing, so this text is as secret as the login in it. */
export function secretManifest({ name, namespace }: PullObject, dockerConfig: string): string {
  return stringify(
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, ...(namespace && { namespace }) },
      type: PULL_TYPE,
      data: { [PULL_KEY]: Buffer.from(dockerConfig).toString("base64") },
    },
    { lineWidth: 0 },
  )
}
