// Starts the image's program by the order in FILE, in the image's own container, and prints what happened as JSON.
import { readFileSync } from "node:fs"
import { supervise } from "./supervise.ts"

const { env, ...order } = JSON.parse(readFileSync(process.argv[2], "utf8"))
// the container runtime sets both for the image's user and host
const { HOME, HOSTNAME } = process.env
const observed = await supervise({ ...order, env: { ...(HOME && { HOME }), ...(HOSTNAME && { HOSTNAME }), ...env } })
process.stdout.write(JSON.stringify(observed), () => process.exit(0))
