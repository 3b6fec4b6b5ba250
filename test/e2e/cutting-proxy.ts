import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { dag, type Service } from "@dagger.io/dagger"
import { NODE_IMAGE } from "../../src/config/tools.ts"
import type { Fault } from "./fault-proxy.ts"
import { freePort } from "./git-server.ts"
import { toolImage } from "./slipway.ts"

/** A fault of the registry's, or a connection cut off in the middle. */
export type Cut = Omit<Fault, "kind"> & { kind: Fault["kind"] | "reset" }
/** As FaultProxy, within the engine: a tunnel from this machine would keep a cut connection open. */
export type CuttingProxy = { service: Service; inject: (fault?: Cut) => Promise<void>; hit: () => Promise<number> }

const SERVER = new URL("cutting-proxy-server.mjs", import.meta.url)

/** Stands in front of a registry; without a fault it changes nothing. Call it within a session, which ends it. */
export async function startCuttingProxy(registry: Service): Promise<CuttingProxy> {
  const service = dag
    .container()
    .from(toolImage("NODEIMAGE") ?? NODE_IMAGE)
    .withNewFile("/proxy.mjs", readFileSync(SERVER, "utf8"))
    .withServiceBinding("upstream", registry)
    .withEnvVariable("INSTANCE", randomUUID())
    .withExposedPort(5000)
    .withExposedPort(5001)
    .asService({ args: ["node", "/proxy.mjs"] })
  const port = await freePort()
  service.up({ ports: [{ frontend: port, backend: 5001 }] }).catch(() => {}) // ends with the session
  const control = `http://127.0.0.1:${port}/`
  await answers(control)
  return {
    service,
    inject: async (fault) => void (await fetch(control, { method: "PUT", body: JSON.stringify(plain(fault)) })),
    hit: async () => Number(await (await fetch(control)).text()),
  }
}

function plain(fault?: Cut) {
  if (!fault) return null
  const { from = 1, times = 1, path, ...rest } = fault
  return { ...rest, from, times, path: path.source }
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await fetch(url).catch(() => undefined))?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  throw new Error(`no proxy answered at ${url}`)
}
