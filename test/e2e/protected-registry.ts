import { dag, type Service } from "@dagger.io/dagger"
import { REGISTRY_IMAGE } from "../../src/config/tools.ts"
import { freePort } from "./git-server.ts"
import { answers, registryConfig, serveHere } from "./registry.ts"
import { toolImage } from "./slipway.ts"

/** What each of the users has to give, whoever it is. */
export const PASSWORD = "fixture-password-of-robot"
/** That password, in bcrypt with a fixed salt: distribution takes no other kind. */
const HASH = "$2y$04$abcdefghijklmnopqrstuuhn/6deMmzf/OAG2Bnfm/LJPl3/91Syu"
/** A person's user, and those that the clouds' registries have beside their tokens. */
const USERS = ["robot", "AWS", "oauth2accesstoken", "00000000-0000-0000-0000-000000000000", "acme", "x-access-token"]

const HTPASSWD = USERS.map((user) => `${user}:${HASH}\n`).join("")

/** Those that run on this machine have a port there already. */
const ports = new Map<Service, number>()

/** A registry that answers nobody without a login; call it within a session, which ends it. */
export async function startProtectedRegistry(): Promise<Service> {
  const port = await freePort()
  const here = await serveHere(port, HTPASSWD)
  if (here) {
    await answers(`http://127.0.0.1:${port}/v2/`)
    ports.set(here, port)
    return here
  }
  const service = dag
    .container()
    .from(toolImage("REGISTRYIMAGE") ?? REGISTRY_IMAGE)
    .withNewFile("/htpasswd", HTPASSWD)
    .withNewFile("/config.yml", registryConfig({ folder: "/registry", address: ":5000", htpasswd: "/htpasswd" }))
    .withExposedPort(5000)
    .asService({ args: ["/bin/registry", "serve", "/config.yml"] })
  await service.start()
  return service
}

/** Opens the registry to this process, and so to the command line. */
export async function openPort(registry: Service): Promise<number> {
  const known = ports.get(registry)
  if (known) return known
  const port = await freePort()
  registry.up({ ports: [{ frontend: port, backend: 5000 }] }).catch(() => {}) // ends with the session
  await answers(`http://127.0.0.1:${port}/v2/`)
  return port
}
