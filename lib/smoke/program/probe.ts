import { spawn } from "node:child_process"
import { get } from "node:http"
import { connect } from "node:net"
import { networkInterfaces } from "node:os"

/** How a started image shows that it works. `ends` is a command that must succeed. Times are in seconds. */
export type Check =
  | { kind: "ends" }
  | { kind: "runs" }
  /** One of the ports answers: an image may expose ports that it listens on only in some configurations. */
  | { kind: "port"; ports: number[] }
  | { kind: "http"; port: number; path: string; status: number[] }
  | { kind: "health"; command: string[]; timeout: number }

/** One try: what answered, or why nothing did. */
export type ProbeResult = { ok: boolean; text: string }

const CONNECT_MS = 2_000
const RESPONSE_MS = 10_000

/** Tries a check once. Network probes use the container's own address, as what listens on 127.0.0.1 alone serves nothing. */
export async function probe(check: Check, env: Record<string, string>): Promise<ProbeResult> {
  switch (check.kind) {
    case "ends":
    case "runs":
      return { ok: true, text: "it runs" }
    case "port":
      return await probePorts(check.ports)
    case "http":
      return await probeHttp(check)
    case "health":
      return await probeHealth(check, env)
  }
}

function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const outside = all.filter(({ internal }) => !internal)
  return (outside.find(({ family }) => family === "IPv4") ?? outside[0])?.address ?? "127.0.0.1"
}

async function probePorts(ports: number[]): Promise<ProbeResult> {
  const tried = await Promise.all(ports.map((port) => canConnect(port)))
  const open = ports[tried.indexOf(true)]
  if (open !== undefined) return { ok: true, text: `port ${open} answered` }
  return { ok: false, text: `nothing answers on port ${ports.join(" or ")}` }
}

async function canConnect(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: ownAddress(), port, timeout: CONNECT_MS })
    const end = (connected: boolean) => {
      socket.destroy()
      resolve(connected)
    }
    socket.on("connect", () => end(true))
    socket.on("error", () => end(false))
    socket.on("timeout", () => end(false))
  })
}

async function probeHttp({ port, path, status }: Extract<Check, { kind: "http" }>): Promise<ProbeResult> {
  const what = `GET ${path} on port ${port}`
  return await new Promise((resolve) => {
    const request = get(
      { host: ownAddress(), port, path, headers: { host: "localhost" }, timeout: RESPONSE_MS },
      (response) => {
        const { statusCode = 0 } = response
        response.resume()
        resolve({ ok: isAccepted(statusCode, status), text: `${what} returned ${statusCode}` })
      },
    )
    request.on("timeout", () => request.destroy(new Error(`no response within ${RESPONSE_MS / 1000} s`)))
    request.on("error", (error: Error & { code?: string }) => {
      const refused = error.code === "ECONNREFUSED"
      resolve({ ok: false, text: refused ? `nothing answers on port ${port}` : `${what} failed: ${error.message}` })
    })
  })
}

/** Without a list, as Kubernetes: every status of 200 to 399. */
export function isAccepted(status: number, accepted: number[]): boolean {
  return accepted.length > 0 ? accepted.includes(status) : status >= 200 && status < 400
}

async function probeHealth(
  { command, timeout }: Extract<Check, { kind: "health" }>,
  env: Record<string, string>,
): Promise<ProbeResult> {
  const [program = "", ...args] = command
  const what = `its health check "${command.join(" ")}"`
  return await new Promise((resolve) => {
    const check = spawn(program, args, {
      env,
      timeout: timeout * 1000,
      killSignal: "SIGKILL",
      stdio: ["ignore", "pipe", "pipe"],
    })
    let output = ""
    const keep = (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-500)
    }
    check.stdout.on("data", keep)
    check.stderr.on("data", keep)
    check.on("error", (error) => resolve({ ok: false, text: `${what} could not run: ${error.message}` }))
    check.on("close", (code, signal) => {
      if (code === 0) resolve({ ok: true, text: `${what} passed` })
      else resolve({ ok: false, text: `${what} ended with ${code ?? signal}${output.trim() && `: ${output.trim()}`}` })
    })
  })
}
