import { connect, createServer, type Socket } from "node:net"
import { freePort } from "./git-server.ts"

/** A connection's requests since the last response, and the beginning of the next response. */
export type Witnessed = (asked: string, answer: string) => void
export type Witness = { port: number; stop: () => void }

const READ = 2000

/** A transparent proxy of a server on this machine, which records its connections. */
export async function startWitness(server: number, witnessed: Witnessed): Promise<Witness> {
  const port = await freePort()
  const door = createServer((client) => pass(client, connect(server, "127.0.0.1"), witnessed))
  await new Promise<void>((listening) => door.listen(port, "127.0.0.1", listening))
  return { port, stop: () => void door.close() }
}

function pass(client: Socket, server: Socket, witnessed: Witnessed): void {
  let asked = ""
  let answered = false
  client.on("data", (data) => {
    asked = (answered ? "" : asked) + data.toString("latin1", 0, asked.length < READ || answered ? READ : 0)
    answered = false
    server.write(data)
  })
  server.on("data", (data) => {
    answered = true
    witnessed(asked, data.toString("latin1", 0, READ))
    client.write(data)
  })
  for (const [from, to] of [[client, server] as const, [server, client] as const]) {
    from.on("end", () => to.end())
    from.on("error", () => to.destroy())
  }
}
