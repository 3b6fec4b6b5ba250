import { connection, dag } from "@dagger.io/dagger"
import { shipHere } from "./test/e2e/ship-options.ts"
import { ship } from "./lib/ship/ship.ts"
import { vulnerabilityDbFolder } from "./test/e2e/vulnerability-db.ts"
await connection(async () => {
  const database = dag.host().directory(vulnerabilityDbFolder())
  const options = await shipHere({}, database, { settings: { test: false, ...(process.argv[2] === "off" ? { smoke: false } : {}) }, flags: { platforms: ["linux/amd64"], force: true } })
  const t0 = Date.now()
  const timer = setInterval(() => console.log("…", (Date.now()-t0)/1000), 20000)
  const { record } = await ship(dag.host().directory("examples/hello-go"), options)
  clearInterval(timer)
  console.log((Date.now()-t0)/1000, record.failure?.message, JSON.stringify(record.smoke), record.stages.map(({name,seconds,status}) => `${name} ${seconds.toFixed(1)} ${status}`).join(" · "))
}, {})
process.exit(0)
