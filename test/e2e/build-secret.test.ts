import { execFileSync } from "node:child_process"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { leaks } from "../leak/search.ts"
import { daggerCall } from "./dagger-call.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

const SECRET = "hunter2-5f1c9e7ab3d24680"

test("a build secret is in no log line, error or report of the most talkative call, and reaches its RUN", async () => {
  const source = mkdtempSync(join(tmpdir(), "slipway-secret-"))
  const sum = execFileSync("sha256sum", { input: SECRET }).toString().slice(0, 64)
  const run = "RUN --mount=type=secret,id=token cat /run/secrets/token && sha256sum /run/secrets/token && false"
  writeFileSync(join(source, "Dockerfile"), `FROM debian:bookworm-slim\n${run}\n`)
  const flags = ["--platforms=linux/amd64", "--no-test", "--build-secrets=env://TOKEN", "--build-secret-ids=token"]
  const database = `--vulnerability-db=${vulnerabilityDbFolder()}`
  const report = ["ship-report", `--source=${source}`, ...flags, "file", "--path=release.json", "contents"]
  const called = await daggerCall(["-vvvv", "--debug", database, ...report], { env: { TOKEN: SECRET } })
  expect(called.code, called.error).toBe(0)
  expect(called.stdout).toContain('"ok": false')
  // the RUN printed it on purpose: what it printed is seen, and the value is not
  expect(called.stdout + called.stderr).toContain(sum)
  expect(leaks(called.stdout + called.stderr, { SECRET })).toEqual([])
})
