import { expect, test } from "vitest"
import { renderDeployedSummary } from "../../lib/deployed/deployed-markdown.ts"
import { recordOf } from "../../lib/deployed/record.ts"
import { comparison, merged } from "../scan/sample.ts"
import { digest, environment, notScanned, outcome, passing, refOf, scanned } from "./sample-outcome.ts"

const summary = (own: Parameters<typeof outcome>[0]) => renderDeployedSummary(recordOf(outcome(own)))

test("shows every image with its outcome, and folds what belongs to one", () => {
  const gone = comparison({ fixed: [merged({ id: "CVE-3" })] })
  expect(summary({ images: [scanned("app", { comparison: gone })] }).split("\n")).toEqual([
    "## ❌ Deployed images",
    "",
    "failed: 1 new finding at or above HIGH in 1 of 1 deployed image, by Trivy 0.74.0, database of 2026-11-24T06:00:00Z",
    "",
    "| image | outcome | new | unchanged | fixed since | environments |",
    "| --- | --- | --- | --- | --- | --- |",
    `| \`${refOf("app")}\` | **failed** | 1 | 0 | 1 | \`main: prod/app.yaml\` |`,
    "",
    "",
    `<details><summary><code>${refOf("app")}</code></summary>`,
    "",
    "- `runs by prod/app.yaml on main of https://git.example/deploy since c0ffeec0ffee, commit by Ann on 2026-11-03`",
    `- linux/amd64 \`${digest("0a")}\`: 1 CRITICAL`,
    "- compared with its signed report by Trivy of 2026-11-01T06:00:00Z: 1 new, 0 unchanged, 1 fixed since",
    "",
    "| severity | finding | package | installed | state | what fixes it |",
    "| --- | --- | --- | --- | --- | --- |",
    "| **CRITICAL** | CVE-2019-10744 | lodash | 4.17.11 | new | package update: lodash 4.17.12 |",
    "",
    "- fixed since: CRITICAL CVE-3 in lodash 4.17.11",
    "",
    "</details>",
    "",
  ])
})

test("says that a run is ok, and which image was not scanned", () => {
  expect(summary({ images: [passing()] })).toMatch(/^## ✅ Deployed images\n/)
  expect(summary({ images: [notScanned("x")] })).toContain("| **not scanned** |")
})

test("no text of a file, a commit or a package becomes markup", () => {
  const since = { ...environment().since, author: "<b>@acme/team" }
  const finding = merged({ package: "[a](b)|c" })
  const image = scanned(
    "app",
    { findings: [finding], failing: [finding] },
    { environments: [{ ...environment("a|b`.yaml"), since }] },
  )
  const text = summary({ images: [image] })
  expect(text).toContain("`main: a\\|b'.yaml`")
  expect(text).toContain("`[a](b)\\|c`")
  expect(text).not.toMatch(/^- .*[^`]*<b>@acme\/team(?!.*`)/m)
})

test("shortens the table, and says how many rows are missing", () => {
  const findings = Array.from({ length: 60 }, (_, at) => merged({ id: `CVE-${at}` }))
  expect(summary({ images: [scanned("app", { findings })] })).toContain("\nand 10 more\n")
})
