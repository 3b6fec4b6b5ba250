import { expect, test } from "vitest"
import { renderDeployedPage } from "../../lib/deployed/deployed-page.ts"
import { recordOf } from "../../lib/deployed/record.ts"
import { exception, merged } from "../scan/sample.ts"
import { notScanned, outcome, passing, refOf, scanned } from "./sample-outcome.ts"

const page = (own: Parameters<typeof outcome>[0]) => renderDeployedPage(recordOf(outcome(own)))

test("is one page of all images, each with its findings and what fixes them", () => {
  const text = page({ images: [passing(), scanned("app"), notScanned("cache")] })
  expect(text).toContain("<h1>Deployed images need attention</h1>")
  expect(text).toContain("3 deployed images, 2026-12-01T04:00:00.000Z, 12.3 s")
  for (const name of ["app", "web", "cache"]) expect(text).toContain(`<h2>${refOf(name)}</h2>`)
  expect(text).toContain("<td>package update: lodash 4.17.12</td>")
  expect(text).toContain('<pre class="failure">REGISTRY_FAILED: ')
  expect(text).not.toMatch(/<script|<link|src=|url\(/)
})

test("says that nothing is to do, and names exceptions that end", () => {
  const open = { ...outcome().open, exceptions: [exception({ expires: "2026-12-05" })] }
  const text = page({ images: [passing()], open })
  expect(text).toContain("<h1>Nothing to do</h1>")
  expect(text).toContain("<li>ends soon: the exception for CVE-2019-10744 by sec@acme.example")
})

test("escapes what files and packages say", () => {
  const text = page({ images: [scanned("app", { findings: [merged({ package: "<img onerror=1>" })] })] })
  expect(text).toContain("&#60;img onerror=1&#62;")
})
