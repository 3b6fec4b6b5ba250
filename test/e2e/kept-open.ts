import type { Server } from "node:http"

/**
 * Lets a server leave its idle connections open. Node closes them after five seconds, but behind the engine's tunnel to this
 * machine they look open at the other end: a client asks on one of them, and waits in vain.
 */
export function keptOpen<S extends Pick<Server, "keepAliveTimeout">>(server: S): S {
  server.keepAliveTimeout = 0
  return server
}
