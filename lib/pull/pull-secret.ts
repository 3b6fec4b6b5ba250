import { randomUUID } from "node:crypto"
import { type Directory, dag, type Secret } from "@dagger.io/dagger"
import { secretText } from "../engine/secret.ts"
import { SlipwayError } from "../error.ts"
import { parseRepository } from "../oci/reference.ts"
import { registryAccess } from "../oci/registry-access.ts"
import { type PullFilesInput, pullFiles } from "./pull-files.ts"
import { pullLogin } from "./pull-login.ts"
import { type PullObject, parsePullObject } from "./pull-object.ts"
import { secretManifest } from "./secret-manifest.ts"

export type PullSecretInput = PullObject & {
  address: string
  login: { username?: string; password?: Secret; dockerConfig?: Secret }
}

/** The manifest holds the login, so it is made where no layer and no file sees it, and leaves as a Secret. */
export async function pullSecret({ address, login, ...input }: PullSecretInput): Promise<Secret> {
  const repository = parseRepository(address)
  const object = parsePullObject(input)
  // a more exact entry of the file, such as ghcr.io/acme, would win over the user's own word
  const own = login.username || login.password ? { ...login, dockerConfig: undefined } : login
  const { dockerConfig } = await registryAccess(address, { ...own, plainHttp: false })
  if (!dockerConfig) throw nobody()
  const manifest = secretManifest(object, pullLogin(repository, await secretText(dockerConfig, "--registry-config")))
  return dag.setSecret(`slipway-pull-${randomUUID()}`, manifest)
}

/** The files that hold no secret. */
export function pullDirectory(input: PullFilesInput): Directory {
  return Object.entries(pullFiles(input)).reduce(
    (directory, [path, text]) => directory.withNewFile(path, text),
    dag.directory(),
  )
}

function nobody(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a login to pull by, as username and password or as a docker config.json",
    got: "none",
    fix: "Pass it after cluster pull-secret, best one that may only read: a robot account, a deploy token or a read:packages token.",
  })
}
