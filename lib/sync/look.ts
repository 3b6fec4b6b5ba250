import { parseJson } from "../config/file.ts"
import { judge } from "./judge.ts"
import { type Resource, resourceName } from "./resource.ts"
import { failed, says, type Verdict, type Wanted, waiting } from "./verdict.ts"

/** What came of a read: an answer, or the code of what went wrong on the way. */
export type Read = { kind: "answer"; status: number; body: string } | { kind: "none"; code: string }

/** What a read says of the release. A server that is away may come back; one that refuses is believed in a while. */
export function readLook(read: Read, resource: Resource, wanted: Wanted): Verdict {
  if (read.kind === "none") return onTheWay(read.code)
  const { status, body } = read
  if (status === 200) return judge(resource.kind, parseJson(body), wanted)
  if (status === 429 || status >= 500) return waiting(says(`the API answered HTTP ${status}`, reasonIn(body)))
  return failed(refusal(read, resource))
}

function onTheWay(code: string): Verdict {
  if (/CERT|SELF_SIGNED|ISSUER|ERR_TLS/.test(code)) {
    return failed(`its certificate is not accepted (${code}): pass --ca-certificate, the authority that issued it`)
  }
  if (code.startsWith("ERR_OSSL")) return failed(`the client certificate or its key cannot be read (${code})`)
  if (code === "ERR_INVALID_CHAR") return failed("the token has characters that no token has: pass its text alone")
  return waiting(`the API cannot be reached (${code})`)
}

function refusal({ status, body }: Read & { kind: "answer" }, resource: Resource): string {
  const said = says(`the API answered HTTP ${status}`, reasonIn(body))
  const what = resourceName(resource)
  if (status === 401) return `${said}; the token is not valid, or no longer`
  if (status === 403) return `${said}; the identity may not get ${what}`
  if (status === 404) return `${said}; there is no ${what}, or no such kind in this version`
  return said
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/; Argo CD says it in `message`, too. */
function reasonIn(body: string): string | undefined {
  const status = parseJson(body) as { message?: unknown } | undefined
  return typeof status?.message === "string" ? status.message : undefined
}
