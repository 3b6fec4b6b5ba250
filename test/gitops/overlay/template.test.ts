import type { Directory } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { filesFromTemplate } from "../../../lib/gitops/overlay/template.ts"
import type { RepositoryPath } from "../../../lib/gitops/request.ts"

const path = "previews/pr-7" as RepositoryPath
const template = { path: "previews/template" as RepositoryPath, number: 7 }
const FILES = {
  "previews/template/kustomization.yaml": "namespace: pr-{number}\n",
  "previews/template/patches/host.yaml": "host: pr-{number}.example.com # {other}\n",
  "prod/kustomization.yaml": "resources: []\n",
}

/** A directory with these files. */
function tree(files: Record<string, string>, root = ""): Directory {
  const names = Object.keys(files).flatMap((name) => (name.startsWith(root) ? [name.slice(root.length)] : []))
  return {
    exists: async (name: string) => names.some((one) => `${one}/`.startsWith(`${name}/`)),
    glob: async (pattern: string) => {
      return pattern === "**/*" ? [...names, "patches/"] : names.filter((name) => /ustomization/.test(name))
    },
    directory: (name: string) => tree(files, `${root}${name}/`),
    file: (name: string) => ({ contents: async () => files[`${root}${name}`] }),
  } as unknown as Directory
}

describe("a new overlay", () => {
  test("is the template with the number", async () => {
    expect(await filesFromTemplate(tree(FILES), { path, template }, "image")).toEqual(
      new Map([
        ["previews/pr-7/kustomization.yaml", { text: "namespace: pr-7\n", encoding: "utf8" }],
        ["previews/pr-7/patches/host.yaml", { text: "host: pr-7.example.com # {other}\n", encoding: "utf8" }],
      ]),
    )
  })

  test.each([
    { name: "without a template", files: FILES, change: { path } },
    {
      name: "where it exists",
      files: { ...FILES, "previews/pr-7/kustomization.yaml": "" },
      change: { path, template },
    },
  ])("is none $name", async ({ files, change }) => {
    expect((await filesFromTemplate(tree(files), change, "image")).size).toBe(0)
  })

  test("needs a template that is an overlay", async () => {
    const missing = { ...template, path: "previews/other" as RepositoryPath }
    await expect(filesFromTemplate(tree(FILES), { path, template: missing }, "image")).rejects.toThrow(
      /^OVERLAY_INVALID: expected a kustomization\.yaml in previews\/other, the template .* previews\/template, prod\.$/,
    )
  })

  test("is refused with more files than an overlay has", async () => {
    const many = Array.from({ length: 201 }, (_, at) => [`previews/template/${at}.yaml`, ""])
    const files = { ...FILES, ...Object.fromEntries(many) }
    await expect(filesFromTemplate(tree(files), { path, template }, "image")).rejects.toThrow(
      /at most 200 files .* got 203\./,
    )
  })
})
