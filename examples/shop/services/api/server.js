import { createServer } from "node:http"
import { answer } from "./routes.js"

createServer((request, response) => {
  const { status, body } = answer(request.url)
  response.writeHead(status, { "content-type": "application/json" }).end(body)
}).listen(process.env.PORT ?? 8080)
