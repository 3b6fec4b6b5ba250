import { type Directory, dag } from "@dagger.io/dagger"
import { expect, onTestFinished, test, vi } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { prepareContainer } from "../../lib/test/container.ts"
import { fakeTools } from "../fake-tool.ts"
import { stubDirectory } from "../stub-directory.ts"

const DOCKERFILE = `ARG VARIANT
FROM base:\${VARIANT} AS build
FROM build AS test
RUN make test
FROM build
`

test("builds the test stage with the build args and a pinned base", async () => {
  const platform = vi.spyOn(dag, "defaultPlatform").mockResolvedValue("linux/amd64" as never)
  onTestFinished(() => platform.mockRestore())
  fakeTools(() => ({}), { imageRef: async () => `base@sha256:${"0a".repeat(32)}` })
  const written: string[] = []
  const builds: object[] = []
  const stub: Directory = Object.assign(stubDirectory({ Dockerfile: DOCKERFILE }), {
    withNewFile: (_: string, text: string) => {
      written.push(text)
      return stub
    },
    dockerBuild: (options: object) => {
      builds.push(options)
      return dag.container()
    },
  })
  const place = { name: "dockerfile", path: ".", image: "Dockerfile, stage test", dockerfile: "Dockerfile" }
  await prepareContainer(
    { kind: "dockerfile", ...place, target: "test", commands: [], runsOnStart: false },
    {
      ...{ source: stub, run: newRun(), services: [], secrets: [], variables: {}, reports: [], timeout: 60 },
      buildArgs: { VARIANT: "x" },
    },
  )
  expect(builds).toMatchObject([{ target: "test", buildArgs: [{ name: "VARIANT", value: "x" }] }])
  expect(written[0]).toContain("FROM base:x@sha256:0a0a")
})
