import type { Server } from "node:http"

/**
 * Makes a server keep idle connections open. Node closes them after five seconds, but the engine's tunnel to this machine
 * hides that from the client, which would wait for a response for ever.
 */
export function keptOpen<S extends Pick<Server, "keepAliveTimeout">>(server: S): S {
  server.keepAliveTimeout = 0
  return server
}
