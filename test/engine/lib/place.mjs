import path from "node:path"

import { Refusal } from "./say.mjs"

/** This folder, which contains stubs, step bodies and files of images. */
export const home = path.resolve(new URL("..", import.meta.url).pathname)

/** The checkout, whose `.env` names the local tool images. */
export const checkout = path.resolve(home, "../..")

/** The folder of all built and kept files, outside the checkout. */
export const cache =
  process.env.SLIPWAY_ENGINE_CACHE ?? path.join(process.env.XDG_CACHE_HOME ?? "/var/cache", "slipway-engine")

/** The registry that the engine uses as docker.io, gcr.io, ghcr.io and registry.k8s.io. */
export const registryAddress = process.env.SLIPWAY_ENGINE_REGISTRY ?? "127.0.0.1:5000"

/** The socket of every engine, which is not configurable: each engine has it in a separate mount namespace. */
export const ENGINE_SOCKET = "/run/dagger/engine.sock"

export const DEFAULT_INSTANCE = "dagger"

/** A named engine with separate state, socket and network; programs and registry are shared. */
export function instancePlace(name) {
  if (!/^[a-z][a-z0-9]{0,7}$/.test(name)) {
    throw new Refusal(`expected an instance name of 1 to 8 letters and digits, got ${JSON.stringify(name)}.`)
  }
  const folder = path.join(cache, "instances", name)
  const isDefault = name === DEFAULT_INSTANCE
  return {
    name,
    folder,
    state: path.join(folder, "state"),
    config: path.join(folder, "config"),
    socket: isDefault ? ENGINE_SOCKET : path.join(folder, "run", path.basename(ENGINE_SOCKET)),
    network: name,
    subnet: isDefault ? "10.87.0.0/16" : `10.${subnetNumber(name)}.0.0/16`,
  }
}

// 100 to 199, derived from the name, so that an instance keeps its network and two rarely share one.
function subnetNumber(name) {
  return 100 + ([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 100)
}
