import type { z } from "zod"
import { Application, judgeApplication } from "./application.ts"
import { Deployment, judgeDeployment } from "./deployment.ts"
import { HelmRelease, judgeHelmRelease } from "./helm-release.ts"
import { judgeKustomization, Kustomization } from "./kustomization.ts"
import type { Kind } from "./resource.ts"
import { judgeRollout, Rollout } from "./rollout.ts"
import { failed, type Verdict, type Wanted } from "./verdict.ts"

type Judge = (object: unknown, wanted: Wanted) => Verdict

const JUDGES: Record<Kind, Judge> = {
  application: judgeOf(Application, judgeApplication),
  kustomization: judgeOf(Kustomization, judgeKustomization),
  helmrelease: judgeOf(HelmRelease, judgeHelmRelease),
  rollout: judgeOf(Rollout, judgeRollout),
  deployment: judgeOf(Deployment, judgeDeployment),
}

/** What an object, as the API answered it, says of the release. */
export function judge(kind: Kind, object: unknown, wanted: Wanted): Verdict {
  return JUDGES[kind](object, wanted)
}

/** An object of another shape says nothing, which must never read as "live". */
function judgeOf<T>(schema: z.ZodType<T>, decide: (object: T, wanted: Wanted) => Verdict): Judge {
  return (object, wanted) => {
    const parsed = schema.safeParse(object)
    if (parsed.success) return decide(parsed.data, wanted)
    const fields = parsed.error.issues.map(({ path }) => path.join(".") || "the whole").slice(0, 3)
    return failed(`the API answered something else than such an object: ${fields.join(", ")}`)
  }
}
