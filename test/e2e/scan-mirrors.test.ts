import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, expect, test } from "vitest"
import { runOffline } from "../../lib/scan/offline.ts"
import { scanLayout } from "../../lib/scan/scan-layout.ts"
import { type DatabaseMirror, startDatabaseMirror } from "./database-mirror.ts"
import { DEBIAN, imageLayout } from "./scan-image.ts"
import { scanOptions } from "./scan-options.ts"
import { useEngine } from "./session.ts"

useEngine()

let mirror: DatabaseMirror
beforeAll(async () => {
  mirror = await startDatabaseMirror()
})
afterAll(() => mirror.stop())

// No server listens there. The random name makes the list new, so that no earlier run's database is used.
const down = () => `127.0.0.1:9/${randomUUID()}/trivy-db:2`
const scan = (dbRepositories: string[]) =>
  scanLayout(imageLayout({ "linux/amd64": DEBIAN, "linux/arm64": DEBIAN }), {
    ...scanOptions(undefined),
    dbRepositories,
    downloadPauses: [10],
  })

test("downloads the database from the first mirror that has it, and scans all platforms offline", async () => {
  const { scanner, failing } = await scan([
    down(),
    `${mirror.host}/gone/trivy-db:2`,
    `${mirror.host}/mirror/trivy-db:2`,
  ])
  expect(new Set(mirror.asked)).toEqual(new Set(["gone/trivy-db", "mirror/trivy-db"]))
  expect(scanner.database?.updatedAt).toMatch(/^\d{4}-/)
  expect(failing).toMatchObject([{ id: "CVE-2023-2603", platforms: ["linux/amd64", "linux/arm64"] }])
})

test("reports SCANNER_FAILED after a second round over mirrors that all fail", async () => {
  mirror.asked.length = 0
  const failed = scan([down(), `${mirror.host}/gone/trivy-db:2`])
  await expect(failed).rejects.toThrow(
    /^SCANNER_FAILED: expected Trivy to complete, got from 127\.0\.0\.1:9\/.*connection refused; from [0-9.:]+\/gone\/trivy-db:2: exit code 1: /,
  )
  expect(mirror.asked).toEqual(["gone/trivy-db", "gone/trivy-db"])
})

test("runs an offline tool without network", async () => {
  const tool = { image: "debian:bookworm-slim", variables: {}, folders: {}, volumes: {} }
  const interfaces = runOffline(tool, ["sed", "-n", "s/^ *\\([a-z0-9]*\\):.*/\\1/p", "/proc/net/dev"])
  expect(await interfaces.stdout()).toBe("lo\n")
  const reaching = runOffline(tool, ["bash", "-c", `echo >/dev/tcp/${mirror.host.replace(":", "/")}`]).sync()
  await expect(reaching).rejects.toThrow()
  const online = dag
    .container()
    .from(tool.image)
    .withExec(["bash", "-c", `echo >/dev/tcp/${mirror.host.replace(":", "/")}`])
  expect(await online.exitCode()).toBe(0)
})
