import { stringify } from "yaml"
import { parseObjectName } from "../config/argument.ts"
import { parseRepository } from "../oci/reference.ts"
import { externalSecret, parseRemoteLogin, type RemoteInput } from "./external-secret.ts"
import { hostsToml } from "./hosts-toml.ts"
import { type PullObject, parsePullObject } from "./pull-object.ts"
import { serviceAccount } from "./service-account.ts"

export type PullFilesInput = RemoteInput & PullObject & { address: string; account: string; mirrors: string[] }

/** What a cluster needs to pull a repository's images, as files that hold no secret: they may stand in git. */
export function pullFiles({ address, account, mirrors, ...input }: PullFilesInput): Record<string, string> {
  const repository = parseRepository(address)
  const object = parsePullObject(input)
  const remote = parseRemoteLogin(input)
  const files: Record<string, string> = {
    "service-account.yaml": accountNote(account).concat(
      yaml(serviceAccount(object, parseObjectName(account, "the ServiceAccount's name"))),
    ),
  }
  if (remote) files["external-secret.yaml"] = yaml(externalSecret(object, repository, remote))
  if (mirrors.length > 0) files[`nodes/certs.d/${repository.host}/hosts.toml`] = hostsToml(repository, mirrors)
  return files
}

/** Every namespace has this account from its controller, and a client-side apply warns of whatever it did not make itself. */
function accountNote(account: string): string {
  return account === "default"
    ? "# The namespace has this account already: kubectl apply --server-side adds to it; without that it warns once, harmlessly.\n"
    : ""
}

function yaml(object: object): string {
  return stringify(object, { lineWidth: 0 })
}
