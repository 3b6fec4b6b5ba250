import { describe, expect, test } from "vitest"
import { buildArgs, parseKustomizeOptions } from "../../lib/gitops/kustomize-args.ts"

test("builds an overlay, with the options of its controller", () => {
  expect(buildArgs("apps/web")).toEqual(["/app/kustomize", "build", "apps/web"])
  expect(buildArgs("apps/web", ["--enable-helm"])).toEqual(["/app/kustomize", "build", "--enable-helm", "apps/web"])
})

describe("the options of a controller", () => {
  test.each([
    { option: "--enable-helm", is: "--enable-helm" },
    { option: " --enable-alpha-plugins ", is: "--enable-alpha-plugins" },
    { option: "--load-restrictor LoadRestrictionsNone", is: "--load-restrictor=LoadRestrictionsNone" },
    { option: "--load-restrictor=LoadRestrictionsNone", is: "--load-restrictor=LoadRestrictionsNone" },
    { option: "--helm-command=/usr/bin/helm", is: "--helm-command=/usr/bin/helm" },
    { option: "--helm-kube-version=v1.34.0", is: "--helm-kube-version=v1.34.0" },
    { option: "--helm-api-versions=monitoring.coreos.com/v1", is: "--helm-api-versions=monitoring.coreos.com/v1" },
    { option: "--reorder=legacy", is: "--reorder=legacy" },
  ])("$option is passed on", ({ option, is }) => expect(parseKustomizeOptions([option])).toEqual([is]))

  test.each([
    "--enable-exec",
    "--output=/etc/passwd",
    "-o",
    "--mount=type=bind,src=/,dst=/x",
    "--network",
    "--load-restrictor=none",
    "--enable-helm --enable-exec",
    "--enable-helm\n--enable-exec",
    "overlays/other",
    "",
  ])("%j is refused", (option) => {
    expect(() => parseKustomizeOptions([option])).toThrow(/^OPTIONS_INVALID: expected options of kustomize build/)
  })
})
