import { dag } from "@dagger.io/dagger"
import { expect, onTestFinished, test, vi } from "vitest"
import type { ShipOptions } from "../../lib/ship/context.ts"
import { planAll } from "../../lib/ship/run.ts"
import { fakeTools } from "../fake-tool.ts"
import { stubDirectory } from "../stub-directory.ts"

test("a plan names the service without a Dockerfile, and the setting to change", async () => {
  const platform = vi.spyOn(dag, "defaultPlatform").mockResolvedValue("linux/amd64" as never)
  onTestFinished(() => platform.mockRestore())
  fakeTools(() => ({}))
  const source = stubDirectory({ "web/README.md": "" })
  const folder = Object.assign(stubDirectory({ "README.md": "" }), { withoutDirectory: () => folder })
  Object.assign(source, { directory: () => folder })
  const options = {
    ...{
      destination: { kind: "delivery", repository: { name: "r.test/app" } },
      tests: "skip",
      tags: ["v1"],
      force: false,
    },
    ...{ build: { context: "web" }, tools: { kustomize: "kustomize" } },
  } as unknown as ShipOptions
  const planning = planAll(source, {
    kind: "services",
    services: new Map([["web", options]]),
    onFailure: "stopAll",
    prepare: false,
  })
  await expect(planning).rejects.toThrow(
    /^web: DOCKERFILE_NOT_FOUND: .* Set its path with services\.web\.build\.dockerfile, and its folder with services\.web\.build\.context\./,
  )
})
