import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { dag, type Service } from "@dagger.io/dagger"
import { NODE_IMAGE } from "../../src/tool-images.ts"
import { freePort } from "./git-server.ts"
import { toolImage } from "./slipway.ts"

/** A fault: a status, a closed connection, no response, half of a response, or a response with another digest. */
export type Fault = {
  kind: 403 | 404 | 429 | 500 | 503 | "reset" | "silence" | "truncated" | "wrong digest"
  /** One or several methods, such as GET|HEAD. */
  method: string
  path: RegExp
  /** The first of the matching requests with the fault, and the number of them; default only the first. */
  from?: number
  times?: number
  /** Instead of `times`: how long the fault lasts; also the Retry-After of a 429. */
  seconds?: number
}
/** A registry behind a faulty network. */
export type FaultProxy = {
  service: Service
  inject: (fault?: Fault) => Promise<void>
  /** The number of requests with the fault, and of matching requests. */
  hit: () => Promise<number>
  seen: () => Promise<number>
}

/** For a permanent fault. */
export const ALWAYS = 1_000_000

const SERVER = new URL("fault-proxy-server.mjs", import.meta.url)

/** Starts a proxy for a registry in the current session, which ends it. */
export async function startFaultProxy(registry: Service): Promise<FaultProxy> {
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
    hit: async () => (await counted(control)).hit,
    seen: async () => (await counted(control)).seen,
  }
}

async function counted(control: string) {
  return (await (await fetch(control)).json()) as { hit: number; seen: number }
}

function plain(fault?: Fault) {
  if (!fault) return null
  const { from = 1, times = 1, path, ...rest } = fault
  return { ...rest, from, times, path: path.source }
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await fetch(url).catch(() => undefined))?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  throw new Error(`expected a proxy at ${url}, got no response`)
}
