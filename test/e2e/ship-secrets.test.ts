import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { leaks } from "../leak/search.ts"
import { type Called, daggerCall } from "./dagger-call.ts"
import { watchEngine } from "./engine-traces.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { PASSWORD, startProtectedRegistry } from "./protected-registry.ts"
import { useEngine } from "./session.ts"
import { makeSigningKey, type SigningKeyFiles } from "./signing-key.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const OVERLAY = {
  "prod/deployment.yaml":
    "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a, image: app }] }\n",
  "prod/kustomization.yaml": "resources: [deployment.yaml]\n",
}
const REF = `registry.invalid/app@sha256:${"0a".repeat(32)}`
const secrets: Record<string, string> = {
  BUILD_TOKEN: "build-token-9d1f3c5b7a2e4860",
  GIT_TOKEN: "git-token-4e8a1c6d2b9f7035",
  IDENTITY_TOKEN: `${btoa('{"alg":"none"}')}.${btoa('{"sub":"someone","exp":4102444800}')}.c2lnbmF0dXJlLTU1Zjg`,
  SSH_KEY: `-----BEGIN OPENSSH PRIVATE KEY-----\n${"QWxhZGRpbjpvcGVuc2VzYW1l".repeat(3)}\n-----END OPENSSH PRIVATE KEY-----\n`,
}

let key: SigningKeyFiles
let git: GitServer
let port: number
let traces: () => string[]
const said: string[] = []
beforeAll(async () => {
  const [registry, ...made] = await Promise.all([startProtectedRegistry(), makeSigningKey(), startGitServer(OVERLAY)])
  ;[key, git] = made
  port = registry.port
  const auths = { [`registry.test:${port}`]: { auth: btoa(`robot:${PASSWORD}`) } }
  Object.assign(secrets, {
    DOCKER_CONFIG_JSON: JSON.stringify({ auths }),
    COSIGN_KEY: readFileSync(key.privateKey, "utf8"),
    COSIGN_PASSWORD: key.password,
  })
  traces = await watchEngine() // from here on: the key was made in this engine
})
afterAll(() => git?.stop())

/** As talkative as the command line can be; everything that it printed is looked at in the end. */
async function call(...args: string[]): Promise<Called> {
  const called = await daggerCall(["-vvvv", "--debug", `--vulnerability-db=${vulnerabilityDbFolder()}`, ...args], {
    env: secrets,
  })
  said.push(called.stdout, called.stderr)
  return called
}

test("a delivery with every secret that it takes leaves none in its reports", async () => {
  const source = mkdtempSync(join(tmpdir(), "slipway-source-"))
  const run = "RUN --mount=type=secret,id=token test -s /run/secrets/token"
  writeFileSync(join(source, "Dockerfile"), `FROM debian:bookworm-slim\n${run}\nUSER 7\n`)
  const reports = mkdtempSync(join(tmpdir(), "slipway-reports-"))
  const { code, error } = await call(
    ...[
      "ship-report",
      `--source=${source}`,
      "--platforms=linux/amd64",
      "--no-test",
      "--tags=v1",
      "--severity=CRITICAL",
    ],
    ...["--build-secrets=env://BUILD_TOKEN", "--build-secret-ids=token"],
    ...[`--address=registry.test:${port}/team/app`, `--registry-service=tcp://127.0.0.1:${port}`, "--plain-http"],
    ...["--registry-config=env://DOCKER_CONFIG_JSON", "--key=env://COSIGN_KEY", "--key-password=env://COSIGN_PASSWORD"],
    ...[`--gitops-repo=${git.url("git.test")}`, `--git-service=tcp://127.0.0.1:${git.port}`],
    ...["--gitops-path=prod", "--gitops-image=app", "export", `--path=${reports}`],
  )
  expect(code, error).toBe(0)
  const files = readdirSync(reports, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
  expect(JSON.parse(readFileSync(join(reports, "release.json"), "utf8"))).toMatchObject({ ok: true })
  said.push(...texts)
})

test.each([
  { name: "a git token", args: ["bump-gitops", "--repo=https://git.invalid/deploy", "--token=env://GIT_TOKEN"] },
  {
    name: "an SSH key",
    args: [
      "bump-gitops",
      "--repo=ssh://git@git.invalid/deploy",
      "--ssh-key=env://SSH_KEY",
      "--known-hosts=test/fixtures/known-hosts",
    ],
  },
])("$name is in no message when the server cannot be reached", async ({ args }) => {
  const { code, error } = await call(...args, "--path=prod", "--image=app", `--ref=${REF}`, "--timeout=5")
  expect(code).not.toBe(0) // the command line passes git's own exit code on
  expect(error).toContain("GIT_FAILED")
})

test("an identity token is in no message when nothing can be signed", async () => {
  const names = ["--identity=someone@example.com", "--issuer=https://issuer.example.com"]
  const { code } = await call("cosign-sign", `--ref=${REF}`, "--identity-token=env://IDENTITY_TOKEN", ...names)
  expect(code).toBe(1)
})

test("nothing that was printed or reported holds a secret, in any form", () => {
  const everything = said.join("\n")
  expect(everything).toContain("/ko-app/cosign") // the steps were printed
  expect(leaks(everything, { ...secrets, PASSWORD })).toEqual([])
})

test("nothing that the engine wrote down holds a secret: no log line, cached result, key of the cache or layer", () => {
  const written = traces()
  if (written.length === 0) return // an engine that is not ours: what it wrote is out of sight
  expect(
    written.some((text) => text.includes("/ko-app/cosign")),
    "the calls are in there",
  ).toBe(true)
  expect(written.length, "files that execs left").toBeGreaterThan(10)
  // the keys of tests beside this one begin with the same line, since all name the same key derivation
  const own = { ...secrets, PASSWORD, COSIGN_KEY: (secrets["COSIGN_KEY"] ?? "").split("\n").slice(2).join("\n") }
  const found = written.flatMap((text) => leaks(text, own))
  expect(found).toEqual([])
})
