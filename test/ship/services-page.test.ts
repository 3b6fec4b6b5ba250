import { expect, test } from "vitest"
import { renderServicesPage } from "../../lib/ship/services-page.ts"
import type { ServicesRecord } from "../../lib/ship/services-record.ts"
import { record } from "./example-record.ts"
import { run, well } from "./example-services.ts"

const page = renderServicesPage(run)

test("names each service and leads to its own page", () => {
  expect(page).toContain('<a href="services/web/release.html">web</a>')
  expect(page).not.toContain("services/jobs/release.html")
  expect(page).toContain("<title>Not shipped: 3 services</title>")
  expect(renderServicesPage(well)).toContain('<header class="ok">')
})

test("says why one failed, as text", () => {
  expect(page).toContain("api failed in build")
  expect(page).toContain("no &#60;Dockerfile&#62;")
})

test("lays the stages of all over the same stretch of time", () => {
  const stage = (name: string, second: number, seconds: number) => {
    return { name, startedAt: new Date(second * 1000).toISOString(), seconds, status: "done" as const }
  }
  const shipped = (...stages: ReturnType<typeof stage>[]) => ({
    status: "shipped" as const,
    release: { ...record, stages },
  })
  const services = { api: shipped(stage("test", 0, 5)), web: shipped(stage("build", 0, 10), stage("scan", 10, 10)) }
  const drawn = renderServicesPage({ version: 1, ok: true, services } satisfies ServicesRecord)
  expect(drawn).toContain("Stages, 20.0 s")
  expect(drawn.match(/title="\w+ [\d.]+ s" style="[^"]+"/g)).toEqual([
    'title="test 5.0 s" style="left:0.00%;width:25.00%"',
    'title="build 10.0 s" style="left:0.00%;width:50.00%"',
    'title="scan 10.0 s" style="left:50.00%;width:50.00%"',
  ])
  expect(drawn.match(/class="seconds">[^<]+/g)).toEqual(['class="seconds">5.0 s', 'class="seconds">20.0 s'])
})
