import { SlipwayError } from "../error.ts"
import type { Api } from "./api.ts"
import { dataField, FLATTEN, type KubeconfigFields, refuseFields, textField } from "./kubeconfig-field.ts"
import { parseServer } from "./server-address.ts"

const REFUSED = {
  "insecure-skip-tls-verify":
    "The token would go to whoever answers: put the cluster's certificate-authority-data there instead.",
  "proxy-url":
    "Proxies are not supported: run the engine where it reaches the cluster, or pass a --service to go through.",
}

/** The cluster's address and how it is recognised. */
export function readCluster(cluster: KubeconfigFields): Pick<Api, "server" | "authority" | "serverName"> {
  const authority = dataField(cluster, "certificate-authority-data")
  refuseFields(cluster, { ...REFUSED, ...(!authority && { "certificate-authority": FLATTEN }) }) // the data wins over the file
  const serverName = textField(cluster, "tls-server-name")
  const server = textField(cluster, "server")
  if (!server) throw nowhere()
  return { server: parseServer(server), ...(authority && { authority }), ...(serverName && { serverName }) }
}

function nowhere(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a kubeconfig whose cluster has a server",
    got: "one without",
    fix: "Pass what `kubectl config view --minify --flatten --raw` prints.",
  })
}
