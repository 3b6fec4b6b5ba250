import { parseObjectName } from "../config/argument.ts"

/** The Secret that the pods pull by, as its manifest and those that refer to it name it. */
export type PullObject = { name: string; namespace?: string }

export const PULL_TYPE = "kubernetes.io/dockerconfigjson"
export const PULL_KEY = ".dockerconfigjson"

export function parsePullObject({ name, namespace }: PullObject): PullObject {
  return {
    name: parseObjectName(name, "the Secret's name"),
    ...(namespace !== undefined && { namespace: parseObjectName(namespace, "the namespace") }),
  }
}
