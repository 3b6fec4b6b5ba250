import { describe, expect, test } from "vitest"
import {
  buildArgs,
  buildableFrom,
  buildFailure,
  localParts,
  overlaysIn,
  parseKustomization,
  parseKustomizeOptions,
  requireOverlay,
} from "../../../lib/gitops/overlay/kustomize.ts"
import { parseRepositoryPath } from "../../../lib/gitops/request.ts"

describe("kustomize args", () => {
  test("builds an overlay with its controller's options", () => {
    expect(buildArgs("apps/web")).toEqual(["/app/kustomize", "build", "apps/web"])
    expect(buildArgs("apps/web", ["--enable-helm"])).toEqual(["/app/kustomize", "build", "--enable-helm", "apps/web"])
  })

  describe("options of kustomize build", () => {
    test.each([
      { option: "--enable-helm", is: "--enable-helm" },
      { option: " --enable-alpha-plugins ", is: "--enable-alpha-plugins" },
      { option: "--load-restrictor LoadRestrictionsNone", is: "--load-restrictor=LoadRestrictionsNone" },
      { option: "--load-restrictor=LoadRestrictionsNone", is: "--load-restrictor=LoadRestrictionsNone" },
      { option: "--helm-command=/usr/bin/helm", is: "--helm-command=/usr/bin/helm" },
      { option: "--helm-kube-version=v1.34.0", is: "--helm-kube-version=v1.34.0" },
      { option: "--helm-api-versions=monitoring.coreos.com/v1", is: "--helm-api-versions=monitoring.coreos.com/v1" },
      { option: "--reorder=legacy", is: "--reorder=legacy" },
    ])("accepts $option", ({ option, is }) => expect(parseKustomizeOptions([option])).toEqual([is]))

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
    ])("refuses %j", (option) => {
      expect(() => parseKustomizeOptions([option])).toThrow(/^OPTIONS_INVALID: expected options of kustomize build/)
    })
  })
})

describe("kustomize failure", () => {
  const BY_FILE = "--path=<folder>/kustomization.yaml --edits=kustomize:<name>"

  // Messages of kustomize v5.8.1.
  test.each([
    {
      name: "a chart",
      stderr:
        "Error: accumulating resources: trouble configuring builtin HelmChartInflationGenerator: must specify --enable-helm",
      fix: "--kustomize-options",
    },
    {
      name: "a file outside its folder",
      stderr: "Error: security; file '/slipway/tree/shared/a.yaml' is not in or below '/slipway/tree/apps/web'",
      fix: "--load-restrictor=LoadRestrictionsNone",
    },
    {
      name: "a plugin",
      stderr:
        "Error: external plugins disabled; unable to load external plugin 'X': must specify --enable-alpha-plugins",
      fix: "--kustomize-options",
    },
    {
      name: "a chart in an image without helm",
      stderr:
        "Error: unable to run: 'helm version -c --short' (is 'helm' installed?): exec: \"helm\": executable file not found in $PATH",
      fix: "--kustomize-image",
    },
  ])(
    "an overlay with $name is right for its controller, so the message names two ways that work",
    ({ stderr, fix }) => {
      const { message } = buildFailure("apps/web", stderr)
      expect(message).toMatch(/^OVERLAY_INVALID: expected apps\/web to build with kustomize, got /)
      expect(message).toContain(fix)
      expect(message).toContain(BY_FILE)
    },
  )

  test("explains a build that timed out", () => {
    expect(buildFailure("apps/web", "Error: no answer within 60 s").message).toBe(
      "OVERLAY_INVALID: expected apps/web to build with kustomize, got Error: no answer within 60 s. Check the servers of its remote bases and charts, or raise --timeout. Nothing was pushed.",
    )
  })

  test("quotes kustomize's message of any other failure", () => {
    expect(buildFailure("apps/web", "Error: no such file").message).toBe(
      "OVERLAY_INVALID: expected apps/web to build with kustomize, got Error: no such file. Run kustomize build on it and correct the error. Nothing was pushed.",
    )
  })
})

describe("overlay file", () => {
  const NO_PARTS = { resources: [], bases: [], components: [], transformers: [], generators: [], validators: [] }

  test.each([
    { name: "no content", text: "", parsed: { ...NO_PARTS, images: [] } },
    {
      name: "null lists",
      text: "resources:\nimages:\n",
      parsed: { ...NO_PARTS, images: [] },
    },
    {
      name: "a component with an image",
      text: "kind: Component\nimages:\n- name: web\n  newName: ghcr.io/acme/web\n  newTag: v1\n",
      parsed: {
        kind: "Component",
        ...NO_PARTS,
        images: [{ name: "web", newName: "ghcr.io/acme/web" }],
      },
    },
  ])("reads a kustomization with $name", ({ text, parsed }) => {
    expect(parseKustomization(text, "kustomization.yaml")).toEqual(parsed)
  })

  test.each([
    { name: "no YAML", text: "a: [" },
    { name: "a list", text: "- a\n" },
    { name: "images that are a map", text: "images:\n  web: v1\n" },
  ])("refuses a kustomization that is $name", ({ text }) => {
    expect(() => parseKustomization(text, "apps/kustomization.yaml")).toThrow(
      "OVERLAY_INVALID: expected a kustomization in apps/kustomization.yaml",
    )
  })

  test("finds overlays under all three names, and ignores similar names", () => {
    const files = ["apps/a/kustomization.yaml", "apps/b/kustomization.yml", "c/Kustomization", "kustomization.yaml"]
    expect([...overlaysIn([...files, "docs/my-kustomization.yaml", "d/kustomization.yaml.bak"])]).toEqual([
      ["apps/a", "apps/a/kustomization.yaml"],
      ["apps/b", "apps/b/kustomization.yml"],
      ["c", "c/Kustomization"],
      [".", "kustomization.yaml"],
    ])
  })

  test.each([
    {
      name: "in a repository with others",
      files: ["a/kustomization.yaml", "b/kustomization.yml"],
      fix: "Set --path to an overlay of the repository: a, b.",
    },
    {
      name: "in a repository with none",
      files: [],
      fix: "Check --repo and --branch: the branch has no kustomization.yaml.",
    },
  ])("refuses a missing overlay $name", ({ files, fix }) => {
    expect(() => requireOverlay(overlaysIn(files), parseRepositoryPath("apps/prod"))).toThrow(
      `OVERLAY_INVALID: expected a kustomization.yaml in apps/prod, got none. ${fix}`,
    )
  })

  test("lists the local parts of an overlay", () => {
    const file = parseKustomization(
      "resources: [../../base, deployment.yaml, https://github.com/a/b, github.com/a/b?ref=v1, git@github.com:a/b]\ncomponents: [../../components/tls/]\nbases: [../other]\n",
      "k",
    )
    expect(localParts(file, "overlays/prod")).toEqual([
      "base",
      "overlays/prod/deployment.yaml",
      "overlays/other",
      "components/tls",
    ])
  })

  test("lists generators, transformers and validators as parts, unless they are inline YAML", () => {
    const text = "generators: [../gen]\ntransformers:\n- ../labels\n- |\n  kind: A\n  x: 1\nvalidators: [checks]\n"
    expect(localParts(parseKustomization(text, "k.yaml"), "apps/prod")).toEqual([
      "apps/labels",
      "apps/gen",
      "apps/prod/checks",
    ])
  })

  test("builds a component as a part of every overlay that includes it, at any depth", () => {
    const all = [
      { directory: "components/image", kind: "Component", parts: [] },
      { directory: "components/all", kind: "Component", parts: ["components/image"] },
      { directory: "base", parts: ["components/image"] },
      { directory: "overlays/prod", parts: ["base"] },
      { directory: "overlays/test", parts: ["components/all"] },
      { directory: "overlays/none", parts: [] },
    ]
    expect(buildableFrom("components/image", all)).toEqual(["overlays/prod", "overlays/test"])
    expect(buildableFrom("overlays/prod", all)).toEqual(["overlays/prod"])
    expect(() => buildableFrom("components/image", all.slice(0, 2))).toThrow(
      "OVERLAY_INVALID: expected an overlay in this repository that includes the component components/image",
    )
  })
})
