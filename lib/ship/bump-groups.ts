import { groupBy } from "../config/services.ts"
import type { Delivery } from "../gitops/context.ts"
import type { BumpRequest } from "../gitops/request.ts"
import type { BumpedPlace } from "./stage-records.ts"

type Asked = { request: BumpRequest; context: { delivery?: Delivery }; place: BumpedPlace }

/**
 * Bumps that can be one commit: those of the same branch of the same repository that are brought there in the same way,
 * and whose commit would say the same. One that asks for a request is not pushed because another one is.
 */
export function byTarget<T extends Asked>(asked: T[]): [T, ...T[]][] {
  return groupBy(asked, ({ request, context, place: { repo, branch } }) => {
    const { kind, source, pipeline, message, author, timeout } = request
    return JSON.stringify([repo, branch, way(context.delivery), kind, source, pipeline, message, author, timeout])
  })
}

function way(delivery: Delivery | undefined): unknown {
  if (delivery?.kind !== "request") return "push"
  const { autoMerge, forge, place } = delivery
  return { autoMerge, forge: forge.name, place }
}
