import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, extname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Directory } from "@dagger.io/dagger"
import { afterAll, describe, expect, test } from "vitest"
import { parseAllDocuments, parseDocument } from "yaml"
import { checkoutSettings } from "../../lib/config/checkout.ts"
import {
  fillText,
  hasFile,
  MOST_ALIASES,
  parseJson,
  readOptionalFile,
  readSourceFile,
  readText,
  resolveDocument,
} from "../../lib/config/file.ts"
import { SlipwayError } from "../../lib/error.ts"
import { ASKPASS_SCRIPT, gpgScript } from "../../lib/gitops/git/commit-signing.ts"
import { rehearsalHistory } from "../../lib/gitops/rehearsal.ts"
import {
  type CiJob,
  githubWorkflow,
  gitlabInclude,
  gitlabPipeline,
  scheduledPipeline,
  scheduledWorkflow,
} from "../../lib/init/ci-system.ts"
import { previewFile } from "../../lib/init/preview.ts"
import { conftestPolicy } from "../../lib/policy/policy-files.ts"
import { ADMISSIONS } from "../policy/admissions.ts"

describe("source file", () => {
  type Entry = { text: string } | { link: string; error: string } | { error: string }

  /** A stub of a directory with these files. */
  function directoryOf(entries: Record<string, Entry>): Directory {
    const contents = async (path: string) => {
      const entry = entries[path]
      if (entry && "text" in entry) return entry.text
      throw new Error(entry?.error ?? "no such file")
    }
    const patchOf = (path: string) => {
      const entry = entries[path]
      return entry && "link" in entry
        ? `new file mode 120000\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${entry.link}\n`
        : ""
    }
    const stub = {
      file: (path: string) => ({ contents: () => contents(path) }),
      exists: async (path: string, { expectedType }: { expectedType?: string } = {}) => {
        const entry = entries[path]
        return expectedType ? entry !== undefined && "link" in entry : entry !== undefined && !("error" in entry)
      },
      filter: ({ include: [path = ""] }: { include: string[] }) => ({
        changes: () => ({ asPatch: () => ({ contents: async () => patchOf(path) }) }),
      }),
    }
    return stub as unknown as Directory
  }

  const source = directoryOf({
    LICENSE: { link: "../../LICENSE", error: "too many links" },
    Dockerfile: { link: "../shared/Dockerfile", error: "no such file" },
    plain: { text: "here" },
    broken: { error: "connection refused" },
  })

  test("treats a link out of the source as missing if the file is optional", async () => {
    expect(await readOptionalFile(source, "LICENSE")).toBeUndefined()
    expect(await readOptionalFile(source, "plain")).toBe("here")
  })

  test("refuses a link out of the source with its target if the file is required", async () => {
    await expect(readSourceFile(source, "Dockerfile")).rejects.toThrow(
      "SOURCE_INVALID: expected a file Dockerfile in the source, got a link to ../shared/Dockerfile that points outside of it. Pass a larger --source that contains both, or replace the link with the file.",
    )
    expect(await readSourceFile(source, "plain")).toBe("here")
  })

  test("rethrows any other error of a read", async () => {
    await expect(readOptionalFile(source, "broken")).rejects.toThrow("connection refused")
    await expect(readSourceFile(source, "broken")).rejects.toThrow("connection refused")
  })

  test("finds a link, even a dangling one", async () => {
    expect(await hasFile(source, "LICENSE")).toBe(true)
    expect(await hasFile(source, "plain")).toBe(true)
    expect(await hasFile(source, "nothing")).toBe(false)
  })
})

describe("text file", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-text-"))
  afterAll(() => rmSync(folder, { recursive: true }))

  test("reads a file with line feeds only", () => {
    const file = join(folder, "crlf.sh")
    writeFileSync(file, "#!/bin/sh\r\necho größe\r\n")
    expect(readText(pathToFileURL(file))).toBe("#!/bin/sh\necho größe\n")
  })

  test("replaces every placeholder with its quotes, and does not expand values", () => {
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

    test.each(files)("%s is read by the code next to it", (path) => {
      const siblings = readdirSync(join(LIB, dirname(path))).filter((name) => name.endsWith(".ts"))
      const reference = `new URL("./${path.slice(dirname(path).length + 1)}", import.meta.url)`
      expect(siblings.filter((name) => read(join(dirname(path), name)).includes(reference))).toHaveLength(1)
    })

    /** The error of the language's parser for a file, placeholders included. */
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

    test.each(files.filter((path) => path.endsWith(".sh")))("%s uses the shell that every image has", (path) => {
      expect(read(path)).toMatch(/^#!\/bin\/sh\n/)
    })

    const job: CiJob = { module: "m@1", signing: "keyless" }
    const admission = Object.values(ADMISSIONS)[0]
    const filled: Record<string, string[]> = {
      "config/checkout.gitconfig": [checkoutSettings()],
      "gitops/git/askpass.sh": [ASKPASS_SCRIPT],
      "gitops/git/gpg.sh": [gpgScript({ password: true }), gpgScript({ password: false })],
      "gitops/rehearsal-deployment.yaml": [rehearsalHistory(["acme/web"])],
      "init/github-preview.yml": [previewFile("github", job)?.text ?? ""],
      "init/github-scheduled.yml": [scheduledWorkflow(job)],
      "init/github.yml": [githubWorkflow(job)],
      "init/gitlab-preview.yml": [previewFile("gitlab", job)?.text ?? ""],
      "init/gitlab-scheduled.yml": [scheduledPipeline(job)],
      "init/gitlab.yml": [gitlabPipeline(job), gitlabInclude(job, { path: ".gitlab/slipway.yml", stage: "deploy" })],
      "policy/images.rego": admission ? [conftestPolicy(admission)] : [],
    }

    test("every file with placeholders is tested below", () => {
      expect(files.filter((path) => /__[A-Z]+__/.test(read(path)))).toEqual(Object.keys(filled))
    })

    test.each(Object.entries(filled))("%s has no placeholders left after its use", (_, texts) => {
      expect(texts.length).toBeGreaterThan(0)
      for (const text of texts) expect(text).not.toMatch(/__[A-Z]+__/)
    })
  })
})

describe("document value", () => {
  const invalid = (got: string) =>
    new SlipwayError("SETTINGS_INVALID", { expected: "aliases", got, fix: "Correct the file." })
  const read = (text: string) => resolveDocument(parseDocument(text), invalid)

  test("accepts hundreds of aliases, at two levels too", () => {
    const list = Array.from({ length: 300 }, () => "*b").join(", ")
    expect(read(`a: &a x\nb: &b [*a]\nc: [${list}]\n`)).toMatchObject({ b: ["x"] })
  })

  test.each([
    { name: "aliases that multiply", text: bomb(), got: /aliases, got Excessive alias count/ },
    { name: "an alias without an anchor", text: "a: *nothing\n", got: /aliases, got Unresolved alias/ },
  ])("reports $name as the caller's error", ({ text, got }) => expect(() => read(text)).toThrow(got))

  /** Ten to the power of the levels. */
  function bomb(): string {
    const levels = Array.from({ length: 8 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]`)
    expect(10 ** levels.length).toBeGreaterThan(MOST_ALIASES)
    return ["l0: &l0 x", ...levels, ""].join("\n")
  }
})

describe("json", () => {
  test.each([
    { text: '{"a":1}', value: { a: 1 } },
    { text: "null", value: null },
    { text: "<html>", value: undefined },
    { text: "", value: undefined },
  ])("reads $text", ({ text, value }) => {
    expect(parseJson(text)).toEqual(value)
  })
})
