import { createServer } from "node:http"
import { text } from "node:stream/consumers"
import pg from "pg"
import { openOrders } from "./orders.js"

const orders = await openOrders(new pg.Pool({ connectionString: process.env.DATABASE_URL }))

createServer(async (request, response) => {
  const answer = (status, body) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
  try {
    if (request.url !== "/orders") return answer(404, { error: "there are only /orders" })
    if (request.method === "POST") return answer(201, await orders.add(await text(request)))
    answer(200, await orders.all())
  } catch (error) {
    console.error(error)
    answer(500, { error: "the orders cannot be reached" })
  }
}).listen(process.env.PORT ?? 8080)
