import { dag, type Service } from "@dagger.io/dagger"
import { REGISTRY_IMAGE } from "../../src/config/tools.ts"
import { freePort } from "./git-server.ts"
import { toolImage } from "./slipway.ts"

/** What each of the users has to give, whoever it is. */
export const PASSWORD = "fixture-password-of-robot"
/** That password, in bcrypt with a fixed salt: distribution takes no other kind. */
const HASH = "$2y$04$abcdefghijklmnopqrstuuhn/6deMmzf/OAG2Bnfm/LJPl3/91Syu"
/** A person's user, and those that the clouds' registries have beside their tokens. */
const USERS = ["robot", "AWS", "oauth2accesstoken", "00000000-0000-0000-0000-000000000000", "acme", "x-access-token"]

// https://distribution.github.io/distribution/about/configuration/#htpasswd
const CONFIG = `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: /slipway-registry } }
auth: { htpasswd: { realm: test, path: /htpasswd } }
http: { addr: ":5000" }
`

/** A registry that answers nobody without a login; call it within a session, which ends it. */
export async function startProtectedRegistry(): Promise<Service> {
  const service = dag
    .container()
    .from(toolImage("REGISTRYIMAGE") ?? REGISTRY_IMAGE)
    .withNewFile("/htpasswd", USERS.map((user) => `${user}:${HASH}\n`).join(""))
    .withNewFile("/config.yml", CONFIG)
    .withExposedPort(5000)
    .asService({ args: ["/bin/registry", "serve", "/config.yml"] })
  await service.start()
  return service
}

/** Opens the registry to this process, and so to the command line. */
export async function openPort(registry: Service): Promise<number> {
  const port = await freePort()
  registry.up({ ports: [{ frontend: port, backend: 5000 }] }).catch(() => {}) // ends with the session
  for (let tries = 0; !(await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined)); tries++) {
    if (tries > 100) throw new Error("the registry did not answer")
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  return port
}
