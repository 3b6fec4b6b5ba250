import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, extname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterAll, describe, expect, test } from "vitest"
import { parseAllDocuments } from "yaml"
import { checkoutSettings } from "../../lib/config/checkout-script.ts"
import { fillText, readText } from "../../lib/config/text-file.ts"
import { rehearsalHistory } from "../../lib/gitops/rehearsal-files.ts"
import { ASKPASS_SCRIPT, gpgScript } from "../../lib/gitops/signing-settings.ts"
import { githubWorkflow } from "../../lib/init/github-workflow.ts"
import { gitlabInclude, gitlabPipeline } from "../../lib/init/gitlab-pipeline.ts"
import { conftestPolicy } from "../../lib/policy/conftest-policy.ts"
import { ADMISSIONS } from "../policy/admissions.ts"

const folder = mkdtempSync(join(tmpdir(), "slipway-text-"))
afterAll(() => rmSync(folder, { recursive: true }))

test("reads a file with the line ends of a template literal", () => {
  const file = join(folder, "crlf.sh")
  writeFileSync(file, "#!/bin/sh\r\necho größe\r\n")
  expect(readText(pathToFileURL(file))).toBe("#!/bin/sh\necho größe\n")
})

test("fills each placeholder everywhere, with its quotes if it has some, and fills no value again", () => {
  const text = 'a = __NAME__\nb = "__LIST__"\nc = "not __NAME__"\nd = __other__\n'
  expect(fillText(text, { NAME: "$& __LIST__", LIST: '"$1", 2' })).toBe(
    'a = $& __LIST__\nb = "$1", 2\nc = "not $& __LIST__"\nd = __other__\n',
  )
})

test.each([
  { name: "a placeholder without a value", text: "__A__ __B__", message: "no value for the placeholder __B__" },
  { name: "a value without a placeholder", text: "A", message: "no placeholder for A" },
])("refuses $name", ({ text, message }) => {
  expect(() => fillText(text, { A: "a" })).toThrow(message)
})

describe("the files of other languages in lib", () => {
  const LIB = fileURLToPath(new URL("../../lib", import.meta.url))
  const read = (path: string) => readFileSync(join(LIB, path), "utf8")
  const files = readdirSync(LIB, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.m?[jt]s$|\.schema\.json$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(LIB.length + 1))
    .toSorted()

  test.each(files)("%s is read by the code beside it", (path) => {
    const beside = readdirSync(join(LIB, dirname(path))).filter((name) => name.endsWith(".ts"))
    const reference = `new URL("./${path.slice(dirname(path).length + 1)}", import.meta.url)`
    expect(beside.filter((name) => read(join(dirname(path), name)).includes(reference))).toHaveLength(1)
  })

  /** What its language's own reader has against a file as it stands, placeholders included. */
  const faults: Record<string, (path: string) => string> = {
    ".sh": (path) => spawnSync("sh", ["-n", join(LIB, path)], { encoding: "utf8" }).stderr,
    ".gitconfig": (path) => {
      return spawnSync("git", ["config", "--list", "--file", join(LIB, path)], { encoding: "utf8" }).stderr
    },
    ".yml": yamlFaults,
    ".yaml": yamlFaults,
    ".css": () => "", // npm run check
    ".rego": () => "", // test/e2e/policy-conftest.test.ts
  }
  function yamlFaults(path: string): string {
    return parseAllDocuments(read(path))
      .flatMap(({ errors, warnings }) => [...errors, ...warnings])
      .join("\n")
  }

  test.each(files)("%s is well-formed", (path) => {
    expect(faults[extname(path)]?.(path)).toBe("")
  })

  test.each(files.filter((path) => path.endsWith(".sh")))("%s names the shell that every image has", (path) => {
    expect(read(path)).toMatch(/^#!\/bin\/sh\n/)
  })

  const admission = Object.values(ADMISSIONS)[0]
  const filled: Record<string, string[]> = {
    "config/checkout.gitconfig": [checkoutSettings()],
    "gitops/askpass.sh": [ASKPASS_SCRIPT],
    "gitops/gpg.sh": [gpgScript({ password: true }), gpgScript({ password: false })],
    "gitops/rehearsal-deployment.yaml": [rehearsalHistory(["acme/web"])],
    "init/github.yml": [githubWorkflow("m@1")],
    "init/gitlab.yml": [gitlabPipeline("m@1"), gitlabInclude("m@1", { path: ".gitlab/slipway.yml", stage: "deploy" })],
    "policy/images.rego": admission ? [conftestPolicy(admission)] : [],
  }

  test("those with placeholders are all tried below", () => {
    expect(files.filter((path) => /__[A-Z]+__/.test(read(path)))).toEqual(Object.keys(filled))
  })

  test.each(Object.entries(filled))("%s has no placeholder left when it is used", (_, texts) => {
    expect(texts.length).toBeGreaterThan(0)
    for (const text of texts) expect(text).not.toMatch(/__[A-Z]+__/)
  })
})
