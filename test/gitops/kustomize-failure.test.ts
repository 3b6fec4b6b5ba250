import { expect, test } from "vitest"
import { buildFailure } from "../../lib/gitops/kustomize-failure.ts"

const BY_FILE = "--path=<folder>/kustomization.yaml --edits=kustomize:<name>"

// As kustomize v5.8.1 says it.
test.each([
  {
    name: "a chart to be rendered",
    stderr:
      "Error: accumulating resources: trouble configuring builtin HelmChartInflationGenerator: must specify --enable-helm",
    fix: "gitops.kustomizeOptions",
  },
  {
    name: "a file outside of its folder",
    stderr: "Error: security; file '/slipway/tree/shared/a.yaml' is not in or below '/slipway/tree/apps/web'",
    fix: "--load-restrictor=LoadRestrictionsNone",
  },
  {
    name: "a plugin",
    stderr: "Error: external plugins disabled; unable to load external plugin 'X': must specify --enable-alpha-plugins",
    fix: "gitops.kustomizeOptions",
  },
  {
    name: "a chart, where there is no helm",
    stderr:
      "Error: unable to run: 'helm version -c --short' (is 'helm' installed?): exec: \"helm\": executable file not found in $PATH",
    fix: "--kustomize-image",
  },
])("an overlay with $name is right for its controller, so the message names two ways that work", ({ stderr, fix }) => {
  const { message } = buildFailure("apps/web", stderr)
  expect(message).toMatch(/^OVERLAY_INVALID: expected apps\/web to build with kustomize, got /)
  expect(message).toContain(fix)
  expect(message).toContain(BY_FILE)
})

test("a build that was not waited for any longer is no fault of the overlay's files", () => {
  expect(buildFailure("apps/web", "Error: no answer within 60 s").message).toBe(
    "OVERLAY_INVALID: expected apps/web to build with kustomize, got Error: no answer within 60 s. Look at the servers of the remote bases and charts that it names, or give it longer with --timeout. Nothing was pushed.",
  )
})

test("of any other failure kustomize says best what to correct", () => {
  expect(buildFailure("apps/web", "Error: no such file").message).toBe(
    "OVERLAY_INVALID: expected apps/web to build with kustomize, got Error: no such file. Run kustomize build on it and correct what it says. Nothing was pushed.",
  )
})
