import type { PullObject } from "./pull-object.ts"

/** A ServiceAccount whose pods pull by the Secret, without naming it each. */
export function serviceAccount({ name, namespace }: PullObject, account: string): object {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: account, ...(namespace && { namespace }) },
    imagePullSecrets: [{ name }],
  }
}
