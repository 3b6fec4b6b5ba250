import { SlipwayError } from "../error.ts"
import type { Identity } from "./api.ts"
import { dataField, FLATTEN, type KubeconfigFields, refuseFields, textField } from "./kubeconfig-field.ts"

const PROGRAM =
  'A kubeconfig\'s program is not run: pass its token by --server and --cluster-token, such as --cluster-token=cmd:"aws eks get-token …".'

/** Obeyed by kubectl, so leaving it out would ask as another. */
const ANOTHER = { as: "Impersonation is not supported: pass a token that may read the resources itself." }
const ELSEWHERE = {
  exec: PROGRAM,
  "auth-provider": PROGRAM,
  tokenFile: FLATTEN,
  "client-certificate": FLATTEN,
  "client-key": FLATTEN,
  username: "Kubernetes has no passwords any more: pass a token.",
}

/** A user that can prove itself by what stands in the file alone. */
export function readUser(user: KubeconfigFields): Identity {
  refuseFields(user, ANOTHER)
  const token = textField(user, "token")
  if (token) return { kind: "token", token }
  const [certificate, key] = [dataField(user, "client-certificate-data"), dataField(user, "client-key-data")]
  if (certificate && key) return { kind: "certificate", certificate, key }
  refuseFields(user, ELSEWHERE)
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a kubeconfig whose user has a token, or client-certificate-data and client-key-data",
    got: "one with neither",
    fix: "Pass another --kube-context, or --server and --cluster-token.",
  })
}
