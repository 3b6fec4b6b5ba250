import { expect, test } from "vitest"
import { parseSettings } from "../../lib/config/settings-file.ts"
import { planFiles } from "../../lib/init/init.ts"
import { sampleFiles } from "../e2e/sample-repository.ts"
import { stubDirectory } from "../stub-directory.ts"

/** An example's own settings, and those that `init` writes for the same files. */
async function settingsOf(example: string) {
  const { "slipway.yaml": own = "", ...files } = sampleFiles(example)
  const [written] = await planFiles(stubDirectory(files), { module: "m@1", gitImage: "none is asked for", ci: "none" })
  const { tags: _, build, ...initial } = parseSettings(written?.text ?? "")
  expect(build ?? { dockerfile: "Dockerfile" }, "the default").toEqual({ dockerfile: "Dockerfile" })
  return { own: parseSettings(own), initial }
}

test("orders-node has the settings that init writes for it, which the end-to-end tests ship", async () => {
  const { own, initial } = await settingsOf("orders-node")
  expect(own).toEqual(initial)
})

test("shop has the settings that init writes for it, but leaves out tests where there are none", async () => {
  const { own, initial } = await settingsOf("shop")
  const { web, ...others } = initial.services ?? {}
  expect(own).toEqual({ ...initial, services: { ...others, web: { test: false } } })
  expect(web).toBeDefined()
})
