import { readFileSync } from "node:fs"

/** A TCP port that a process of the container listens on. */
export type Listener = { port: number; loopback: boolean }

const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"]
/** https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html */
const LISTENING = "0A"
/** In these tables each 32-bit word of an address is in the machine's byte order, which is little-endian. */
const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F)$/

/** The ports of a table of sockets. */
export function parseListeners(table: string): Listener[] {
  return table.split("\n").flatMap((line) => {
    const [, address, port, state] =
      line.match(/^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} (\w\w) /) ?? []
    if (address === undefined || port === undefined || state !== LISTENING) return []
    return [{ port: Number.parseInt(port, 16), loopback: LOOPBACK.test(address) }]
  })
}

/** All ports that this container listens on, each once, by number. A port on another address too is not a loopback one. */
export function readListeners(read: (path: string) => string = (path) => readFileSync(path, "utf8")): Listener[] {
  const all = TABLES.flatMap((path) => {
    try {
      return parseListeners(read(path))
    } catch {
      return [] // a kernel without IPv6 has no second table
    }
  })
  const ports = [...new Set(all.map(({ port }) => port))].sort((a, b) => a - b)
  return ports.map((port) => ({ port, loopback: all.every((one) => one.port !== port || one.loopback) }))
}
