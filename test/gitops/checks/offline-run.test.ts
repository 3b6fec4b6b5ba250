import { expect, test } from "vitest"
import { checkerDockerfile, checkerFailure } from "../../../lib/gitops/checks/offline-run.ts"

test("runs the program without network, from its own image, in one with a shell", () => {
  expect(checkerDockerfile(["/slipway/tool/conftest", "test", "a b"])).toBe(`ARG TOOL
ARG SHELL
FROM $TOOL AS tool
FROM $SHELL
USER 0
WORKDIR /slipway/out
RUN --network=none --mount=type=bind,from=tool,target=/slipway/tool --mount=type=bind,source=run,target=/slipway/run --mount=type=bind,source=folders,target=/slipway/check ["/slipway/run","/slipway/out","/slipway/tool/conftest","test","a b"]
`)
})

test.each([
  { name: "its error output", stdout: "out", stderr: "one\ntwo\n", got: "exit code 2 (one / two)" },
  { name: "its output without any error output", stdout: "out", stderr: " \n", got: "exit code 2 (out)" },
])("a program's failure shows $name", ({ stdout, stderr, got }) => {
  expect(checkerFailure("Conftest", { exitCode: 2, stdout, stderr }, "Fix it.").message).toBe(
    `CHECKER_FAILED: expected Conftest to check the manifests, got ${got}. Fix it. Nothing was pushed.`,
  )
})
