import { describe, expect, test } from "vitest"
import type { ServicesRecord } from "../../../lib/ship/record/services-record.ts"
import { renderServices, renderServicesPage, renderServicesSummary } from "../../../lib/ship/report/services.ts"
import { digest, record } from "../example-record.ts"
import { published, rehearsed, run, well } from "../example-services.ts"

describe("services text", () => {
  describe("in a terminal", () => {
    test("shows the outcome of each service, the failed one last", () => {
      const heads = renderServices(run).match(/^== .*$/gm)
      expect(heads).toEqual([
        "== jobs: unchanged: its files are the same as in the deployed image, so it was not built",
        "== web: signed and tagged, but not deployed, because another service failed",
        "== api: FAILED",
      ])
    })

    test("shows that a service was held because another one cannot be built", () => {
      const held = renderServices({ ...run, services: { web: { status: "held" } } })
      expect(held).toBe("== web: not built, because another service cannot be built\n")
    })

    test("shows the release of each service, or the deployed image", () => {
      expect(renderServices(run)).toContain("deployed   ghcr.io/acme/jobs@sha256:1\n")
      expect(renderServices(run)).toContain(`image      ghcr.io/acme/app@${digest}`)
      expect(renderServices(run)).toMatch(/FAILED {5}in build\n +no <Dockerfile>/)
      expect(renderServices(well)).toContain("ALREADY SHIPPED")
    })
  })

  test("a rehearsal is named as such once, and never as shipped", () => {
    const text = renderServices(rehearsed)
    expect(text).toMatch(/^REHEARSAL: nothing left this engine/)
    expect(text.match(/REHEARSAL/g)).toHaveLength(1)
    expect(text.match(/^== .*$/gm)).toEqual(["== api: rehearsed", "== web: rehearsed"])
    expect(renderServicesSummary(rehearsed)).toContain("## ✅ Rehearsed: 2 services")
    expect(renderServicesSummary(rehearsed)).toContain("| api | rehearsed |")
    expect(renderServicesPage(rehearsed)).toContain("<title>Rehearsed: 2 services</title>")
    expect([text, renderServicesPage(rehearsed)].join()).not.toMatch(/\bshipped/i)
  })

  test("shows the diff of a shared commit once, and its hash for each service", () => {
    const lines = renderServices(rehearsed).split("\n")
    expect(lines.filter((line) => line.trim() === "+b")).toHaveLength(1)
    expect(lines.filter((line) => /^gitops {5}c0ffee\b/.test(line))).toHaveLength(2)
  })

  describe("as a CI summary", () => {
    test("has a table of all services, and the summary of each", () => {
      expect(renderServicesSummary(run).split("\n").slice(0, 7)).toEqual([
        "## ❌ Not shipped: 3 services",
        "",
        "| service | outcome | digest |",
        "| --- | --- | --- |",
        "| api | failed | `none` |",
        "| jobs | unchanged | `ghcr.io/acme/jobs@sha256:1` |",
        `| web | held | \`${published}\` |`,
      ])
      expect(renderServicesSummary(run).match(/<details><summary>(api|web)<\/summary>/g)).toHaveLength(2)
      expect(renderServicesSummary(well)).toContain("## ✅ Shipped: 1 service\n")
    })
  })
})

describe("services page", () => {
  const page = renderServicesPage(run)

  test("links to the page of each service", () => {
    expect(page).toContain('<a href="services/web/release.html">web</a>')
    expect(page).not.toContain("services/jobs/release.html")
    expect(page).toContain("<title>Not shipped: 3 services</title>")
    expect(renderServicesPage(well)).toContain('<header class="ok">')
  })

  test("shows the escaped failure of a service", () => {
    expect(page).toContain("api failed in build")
    expect(page).toContain("no &#60;Dockerfile&#62;")
  })

  test("draws the stages of all services on one time axis", () => {
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
})
