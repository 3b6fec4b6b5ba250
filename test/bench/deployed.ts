import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { mapConcurrently } from "../../lib/engine/concurrency.ts"
import { FailOn } from "../../src/enums.ts"
import { startGitServer } from "../e2e/git-server.ts"
import { startRegistry } from "../e2e/registry.ts"
import { DEBIAN, imageLayout } from "../e2e/scan-image.ts"
import { startSession } from "../e2e/session.ts"
import { slipway } from "../e2e/slipway.ts"
import { vulnerabilityDbFolder } from "../e2e/vulnerability-db.ts"

// npx tsx test/bench/deployed.ts [COUNT…]: seconds of scan-deployed for so many different images, in one run each; default 1 10 50.
// Each count has images of its own, so that no scan comes from the engine's cache.

const counts = process.argv.slice(2).map(Number)
const end = await startSession()
const registry = await startRegistry()
const service = dag.host().service([{ frontend: registry.port, backend: registry.port }], { host: "127.0.0.1" })
const vulnerabilityDb = dag.host().directory(vulnerabilityDbFolder())
const module = slipway({ registryService: service, plainHttp: true, vulnerabilityDb })
const seed = mkdtempSync(join(tmpdir(), "slipway-bench-")).slice(-6)

for (const count of counts.length ? counts : [1, 10, 50]) {
  const refs = await mapConcurrently([...Array(count).keys()], async (at) => {
    const layout = imageLayout({ "linux/amd64": { ...DEBIAN, "etc/hostname": `${seed}-${count}-${at}\n` } })
    return await module.publish(layout, `registry.test:${registry.port}/team/app-${at}`)
  })
  const git = await startGitServer(Object.fromEntries(refs.map((ref, at) => [`app-${at}.yaml`, `image: ${ref}\n`])))
  const here = slipway({ registryService: service, plainHttp: true, vulnerabilityDb, gitService: git.service() })
  const start = Date.now()
  const text = await here.scanDeployed(undefined, FailOn.NONE, git.url("git.test"))
  const seconds = (Date.now() - start) / 1000
  if (!text.includes(`in ${count} deployed image`) && !text.includes(`of ${count} deployed image`))
    throw new Error(text)
  console.log(`${count} images: ${seconds.toFixed(1)} s, ${(seconds / count).toFixed(2)} s an image`)
  git.stop()
}
await end()
process.exit(0)
