import { quote, SlipwayError } from "../error.ts"
import { HOST, PATH } from "./reference-grammar.ts"

const SHAPE = new RegExp(`^(${HOST})/(${PATH})$`)

/** A place in a registry. `host` may have a port; `name` is both together, as every tool takes it. */
export type Repository = { host: string; path: string; name: string }

/**
 * The host is required, and so is a mark that it is one (a dot, a port, or "localhost"): "acme/app" would silently be
 * Docker Hub to one tool and a host to another.
 */
export function parseRepository(text: string): Repository {
  const [, host, path] = text.match(SHAPE) ?? []
  if (host && path && (/[.:[]/.test(host) || host === "localhost")) return { host, path, name: `${host}/${path}` }
  throw new SlipwayError("ADDRESS_INVALID", {
    expected: "host[:port]/repository without tag or digest, such as ghcr.io/acme/app",
    got: quote(text),
    fix: "Name the registry's host (docker.io for Docker Hub); repositories are lower case; tags are an argument of their own.",
  })
}
