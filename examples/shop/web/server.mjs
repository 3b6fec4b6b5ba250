import { readFileSync } from "node:fs"
import { createServer } from "node:http"

const page = readFileSync(new URL("index.html", import.meta.url))
createServer((_, response) => response.setHeader("content-type", "text/html").end(page)).listen(process.env.PORT ?? 8080)
