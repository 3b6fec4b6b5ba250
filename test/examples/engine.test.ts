import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { parse } from "yaml"
import { githubWorkflow } from "./ci-file.ts"

const { services, configs, volumes } = parse(
  readFileSync(new URL("../../examples/ci/engine/compose.yaml", import.meta.url), "utf8"),
)

test("the engine of a machine keeps its state in a volume, and has the socket that the job names", () => {
  const mounted = new Map(services.engine.volumes.map((text: string) => text.split(":")) as [string, string][])
  expect([...mounted.keys()].filter((name) => name in volumes)).toEqual(["state"])
  expect(mounted.get("state")).toBe("/var/lib/dagger")
  const host = githubWorkflow("github-persistent.yml").jobs["ship"]?.env?.["_EXPERIMENTAL_DAGGER_RUNNER_HOST"]
  const socket = String(host).replace("unix://", "")
  const [folder] = [...mounted.keys()].filter((name) => socket.startsWith(`${name}/`))
  expect(mounted.get(folder ?? ""), "the engine's own folder of the socket").toBe("/run/dagger")
})

test("the engine is that of the CLI, and its configuration is JSON", () => {
  const { DAGGER_VERSION } = githubWorkflow("github-persistent.yml").env ?? {}
  expect(services.engine.image).toBe(`registry.dagger.io/engine:v${DAGGER_VERSION}`)
  expect(JSON.parse(configs.engine.content)).toHaveProperty("gc.maxUsedSpace")
})
