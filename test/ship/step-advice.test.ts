import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { Settings } from "../../lib/config/settings.ts"
import { SlipwayError } from "../../lib/error.ts"
import { SHIP_NAMES, shipAdvice, withShipAdvice } from "../../lib/ship/step-advice.ts"

test.each([
  ["Create the branch, or name another with --branch", "Create the branch, or name another with gitops.branch"],
  ["Run it again, or raise --timeout. The branch", "Run it again. The branch"],
  ["with --pull-request (of ship: gitops.pullRequest). Nothing", "with gitops.pullRequest. Nothing"],
  ["more time with build.timeout (alone: --timeout).", "more time with build.timeout."],
  ["with --secret-ids (of ship: --build-secret-ids).", "with --build-secret-ids."],
  ["--forge and --forge-endpoint", "gitops.forge and gitops.pullRequest.endpoint"],
  ["Name it with --dockerfile, in --context", "Name it with build.dockerfile, in build.context"],
  ["Write --build-args=NAME=value; as", "Write --set build.args.NAME=value; as"],
  ["pass --build-args=A=… --build-args=B=…, or", "pass --set build.args.A=… --set build.args.B=…, or"],
  ["--path=<file> --edits=yaml:<path>.", "--set gitops.path=<file> --set gitops.edits=[yaml:<path>]."],
  [
    "--cosign-key and --git-token are called the same everywhere",
    "--cosign-key and --git-token are called the same everywhere",
  ],
  ["a--branch and ---branch stay", "a--branch and ---branch stay"],
])("%s: %s", (step, ship) => expect(shipAdvice(step)).toBe(ship))

test("an error keeps its code, and an error of another class is unchanged", async () => {
  const problem = { expected: "a", got: "b", fix: "Name it with --branch." }
  const refused = withShipAdvice(Promise.reject(new SlipwayError("GIT_FAILED", problem)))
  await expect(refused).rejects.toMatchObject({
    code: "GIT_FAILED",
    message: "GIT_FAILED: expected a, got b. Name it with gitops.branch.",
  })
  await expect(withShipAdvice(Promise.reject(new Error("--branch")))).rejects.toThrow(/^--branch$/)
})

describe("ship has each argument that a step's advice names", () => {
  const LIB = fileURLToPath(new URL("../../lib", import.meta.url))
  const STEPS = "engine config oci dockerfile test build scan publish sign gitops".split(" ")
  /** Files with arguments for tools, in addition to functions and constants named after arguments. */
  const TOOLS = [
    "gitops/git/args.ts",
    "gitops/rehearsal.ts",
    "test/service-spec.ts",
    "test/runners/dotnet.ts",
    "test/runners/java.ts",
    "test/runners/node.ts",
    "test/runners/python.ts",
    "test/runners/rust.ts",
    "sign/args.ts",
  ]
  const ARGUMENTS = /^(?:export )?(?:function \w+Args\([\s\S]*?^\}|const \w*ARGS = \[[\s\S]*?^\])/gm
  /** The files of the steps of ship, which have messages for users. */
  const sources = STEPS.flatMap((folder) =>
    readdirSync(`${LIB}/${folder}`, { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
  ).filter((file) => file.endsWith(".ts") && !TOOLS.includes(file))
  /** Arguments of gpg, ssh, kustomize, git, trivy, buildx, skopeo and Dockerfiles. */
  const OTHERS = [
    ...["--armor", "--export-secret-keys", "--list-secret-keys", "--enable-helm", "--enable", "--load-restrictor"],
    ...["--init", "--remove-section", "--output", "--mount", "--network", "--from", "--platform"],
    ...["--enable-alpha-plugins", "--helm-command", "--helm-kube-version", "--helm-api-versions", "--reorder"],
    ...["--passphrase-file", "--set-string"],
    ...["--download-db-only", "--download-java-db-only", "--cache-dir", "--skip-java-db-update"],
  ]
  const NEVER = [
    "--to",
    "--message",
    "--author-name",
    "--author-email",
    "--source-order",
    "--source-repository",
    "--source-revision",
    "--unverified",
  ]
  const ALONE = ["--public-key", "--format", "--set"]
  const index = readFileSync(new URL("../../src/index.ts", import.meta.url), "utf8")
  const known = ["async ship(", "constructor("].flatMap((start) => {
    const [, signature = ""] = index.split(start)
    const names = [...signature.slice(0, signature.indexOf("  )")).matchAll(/^ {4}(\w+)\??:/gm)]
    return names.map(([, name = ""]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
  })
  test("knows the arguments of ship", () =>
    expect(known).toEqual(expect.arrayContaining(["--git-token", "--git-image"])))
  test.each(Object.values(SHIP_NAMES))("or slipway.yaml has the key %s", (name) => {
    expect(name.startsWith("--") ? known.includes(name) : hasKey(name)).toBe(true)
  })
  test.each(TOOLS)("%s exists", (file) => expect(existsSync(`${LIB}/${file}`)).toBe(true))
  test.each(sources)("%s", (file) => {
    const code = readFileSync(`${LIB}/${file}`, "utf8")
      .replace(ARGUMENTS, "")
      .replace(/\/\*\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")
    const flags = shipAdvice(code).match(/(?<![\w-])--[a-z]+(?:-[a-z]+)*/g) ?? []
    const unknown = flags.filter((flag) => ![...known, ...OTHERS, ...NEVER, ...ALONE].includes(flag))
    expect(unknown).toEqual([])
  })
})

type Schema = { properties?: Record<string, Schema>; anyOf?: Schema[] }

function hasKey(path: string): boolean {
  const below = (schema: Schema | undefined, key: string) =>
    [schema, ...(schema?.anyOf ?? [])].find((one) => one?.properties?.[key])?.properties?.[key]
  return path.split(".").reduce(below, z.toJSONSchema(Settings) as Schema) !== undefined
}
