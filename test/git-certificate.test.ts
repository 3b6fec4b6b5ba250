import { dag, type File, type Secret } from "@dagger.io/dagger"
import { expect, onTestFinished, test, vi } from "vitest"
import { construct } from "./construct.ts"
import { fakeTools } from "./fake-tool.ts"
import { readPublicApi } from "./public-api.ts"
import { stubDirectory } from "./stub-directory.ts"

const api = readPublicApi()
const methods = [...api.methods, ...api.objects.flatMap((object) => object.methods)]
const gitCaCertificate = { contents: async () => "-----BEGIN CERTIFICATE-----" } as File
const secret = { plaintext: async () => "secret", id: async () => "secret" } as unknown as Secret
const gitopsRepo = "https://git.acme.internal/acme/deploy"

type Callable = (...args: unknown[]) => Promise<unknown>

/** Calls a function of the module with arguments by name. */
async function call(name: "ship" | "plan" | "release" | "prune", given: Record<string, unknown>) {
  const names = Object.keys(methods.find((method) => method.name === name)?.arguments ?? {})
  const module = construct({ cosignKey: secret, gitToken: secret, gitCaCertificate })
  const owner = (name === "prune" ? module.registry : module) as unknown as Record<string, Callable>
  await owner[name]?.(...names.map((argument) => given[argument]))
}

const delivery = {
  ...{ source: stubDirectory({ Dockerfile: "FROM scratch\n" }), repository: "r.test/app", tags: ["v1"] },
  set: ["test=false", `gitops={repo: ${gitopsRepo}, path: prod}`],
}

test.each([
  { name: "ship" as const, given: delivery },
  { name: "plan" as const, given: delivery },
  { name: "release" as const, given: delivery },
  { name: "prune" as const, given: { repository: "r.test/app", keep: ["v*"], gitopsRepo } },
])("$name passes the certificate of a private authority to git", async ({ name, given }) => {
  const platform = vi.spyOn(dag, "defaultPlatform").mockResolvedValue("linux/amd64" as never)
  onTestFinished(() => platform.mockRestore())
  const commands = fakeTools(() => ({}))
  await call(name, given).catch(() => {}) // git's empty output is an error
  const git = commands.filter(({ args, given: { withEnvVariable = [] } }) => {
    return args[0] === "git" && withEnvVariable.some(([variable]) => variable === "GIT_TERMINAL_PROMPT")
  })
  expect(git.length).toBeGreaterThan(0)
  for (const { given } of git) {
    expect(given["withMountedFile"]).toContainEqual(["/slipway/ca.crt", gitCaCertificate])
    expect(given["withEnvVariable"]).toContainEqual(["GIT_SSL_CAINFO", "/slipway/ca.crt"])
  }
})
