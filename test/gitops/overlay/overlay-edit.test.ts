import { type Container, dag, ExistsType } from "@dagger.io/dagger"
import { expect, onTestFinished, test, vi } from "vitest"
import { deadlineOf } from "../../../lib/gitops/git/exec.ts"
import { overlaysIn } from "../../../lib/gitops/overlay/kustomize.ts"
import { editOverlay, overlayReader } from "../../../lib/gitops/overlay/overlay-edit.ts"
import { parseImageName } from "../../../lib/gitops/overlay/verdict.ts"
import { parseRepositoryPath } from "../../../lib/gitops/request.ts"
import { parseDigestRef } from "../../../lib/oci/reference.ts"
import { stubDirectory } from "../../stub-directory.ts"

test("treats a dangling link as an empty kustomization", async () => {
  const files = {
    "part/kustomization.yaml": "kind: Component\n",
    "prod/kustomization.yaml": "components: [../part]\n",
  }
  const link = "old/kustomization.yaml"
  const tree = stubDirectory(files)
  const exists: typeof tree.exists = async (path, { expectedType } = {}) =>
    expectedType === ExistsType.SymlinkType ? path === link : path in files
  const reader = overlayReader(Object.assign(tree, { exists }), overlaysIn([...Object.keys(files), link]))
  expect(await reader.partsOfAll("part")).toEqual([
    { directory: "old", kind: undefined, parts: [] },
    { directory: "part", kind: "Component", parts: [] },
    { directory: "prod", kind: undefined, parts: ["part"] },
  ])
})

/** A container whose programs wait for a server that never responds. */
function silent(): Container {
  const container: Record<string, unknown> = { exitCode: () => new Promise(() => {}) }
  for (const name of ["from", "withMountedDirectory", "withWorkdir", "withNewFile", "withExec"]) {
    container[name] = () => container
  }
  return container as unknown as Container
}

test("stops a build at the deadline if a remote base does not respond", async () => {
  const spy = vi.spyOn(dag, "container").mockReturnValue(silent())
  onTestFinished(() => spy.mockRestore())
  const text = "resources: [https://git.test/base]\nimages: [{ name: web }]\n"
  const tree = stubDirectory({ "prod/kustomization.yaml": text })
  const ref = parseDigestRef(`ghcr.io/acme/web@sha256:${"0a".repeat(32)}`)
  const change = {
    kind: "overlay" as const,
    path: parseRepositoryPath("prod"),
    images: [{ image: parseImageName("web"), ref }],
  }
  const tools = { image: "kustomize", deadline: deadlineOf(0.1) }
  await expect(editOverlay(tree, change, tools)).rejects.toThrow(
    /^OVERLAY_INVALID: expected prod to build with kustomize, got Error: no answer within 0 s\. Check the servers of its remote bases/,
  )
})
