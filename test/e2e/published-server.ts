import type { Container } from "@dagger.io/dagger"
import { freePort } from "./git-server.ts"

/** Publishes a service of the engine on a port of this machine, until the session ends. */
export async function publish(server: Container, backend: number): Promise<number> {
  const frontend = await freePort()
  server
    .withExposedPort(backend)
    .asService()
    .up({ ports: [{ frontend, backend }] })
    .catch(() => {})
  for (let tries = 0; !(await fetch(`http://127.0.0.1:${frontend}/`).catch(() => undefined)); tries++) {
    if (tries > 200) throw new Error(`expected a server at port ${backend}, got no response`)
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  return frontend
}
