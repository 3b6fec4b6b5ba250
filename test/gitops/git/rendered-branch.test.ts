import { dag } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { newRun } from "../../../lib/engine/tool.ts"
import { parseGitBranch } from "../../../lib/gitops/git/remote.ts"
import { commitRendered, pushBoth, renderedFiles, renderedMessage } from "../../../lib/gitops/git/rendered-branch.ts"
import { fakeTools } from "../../fake-tool.ts"

const helm = { kind: "helm" as const, chart: "charts/web", release: "web", namespace: "n" }
const branch = parseGitBranch("rendered")
const author = { name: "a", email: "e", signOff: false }
const attempt = { run: newRun(), tries: 1 }
const [old, next] = ["1".repeat(40), "2".repeat(40)]

test("each overlay, chart and file has a folder of its own", () => {
  const all = [
    { rendering: { kind: "kustomize" as const, path: "overlays/prod", options: [] }, text: "a" },
    { rendering: { kind: "kustomize" as const, path: ".", options: [] }, text: "b" },
    { rendering: { ...helm, path: "charts/web/values.yaml", values: [] }, text: "c" },
    { rendering: { ...helm, path: "env/prod.yaml", values: [{ file: "env/prod.yaml" }] }, text: "d" },
    { rendering: { kind: "file" as const, path: "plain/pod.yaml" }, text: "e" },
  ]
  expect([...renderedFiles(all)]).toEqual([
    ["overlays/prod/manifests.yaml", "a"],
    ["manifests.yaml", "b"],
    ["charts/web/manifests.yaml", "c"],
    ["env/prod/manifests.yaml", "d"],
    ["plain/pod/manifests.yaml", "e"],
  ])
})

test("the message names what was rendered", () => {
  const message = renderedMessage("Bump web\n\nSlipway-Bump: x\n", { branch: "main", commit: old })
  expect(message).toBe(`Render: Bump web\n\nRendered from ${old} of main.\n`)
})

describe("the commit of the rendered manifests", () => {
  const content = { branch, files: new Map([["prod/manifests.yaml", "a"]]), message: "m", author }
  const commit = (answer: Parameters<typeof fakeTools>[0]) => {
    const asked = fakeTools(answer)
    return { asked, made: commitRendered(dag.container(), content, attempt) }
  }

  test("is made on the fetched branch", async () => {
    const { asked, made } = commit(({ args }) => (args.includes("fetch") ? {} : { stdout: `commit ${next}\n` }))
    expect((await made).commit).toBe(next)
    expect(asked.map(({ args }) => args[0])).toEqual(["git", "/slipway/rendered/commit"])
  })

  test("is the first one of a branch that does not exist", async () => {
    const none = { exitCode: 128, stderr: "fatal: couldn't find remote ref refs/heads/rendered" }
    const { made } = commit(({ args }) => (args.includes("fetch") ? none : { stdout: `commit ${next}\n` }))
    expect((await made).commit).toBe(next)
  })

  test("is none if the branch has the same manifests", async () => {
    const { made } = commit(({ args }) => (args.includes("fetch") ? {} : { stdout: `same ${old}\n` }))
    expect((await made).commit).toBeUndefined()
  })

  test.each([
    {
      name: "a branch that cannot be read",
      fetch: { exitCode: 128, stderr: "fatal: refused" },
      made: {},
      error: /to fetch the branch rendered/,
    },
    {
      name: "a commit that fails",
      fetch: {},
      made: { exitCode: 1, stderr: "fatal: bad" },
      error: /to commit the manifests for rendered/,
    },
  ])("fails with $name", async ({ fetch, made, error }) => {
    await expect(commit(({ args }) => (args.includes("fetch") ? fetch : made)).made).rejects.toThrow(error)
  })

  test("is pushed with the bump, both or none", async () => {
    const asked = fakeTools(() => ({
      exitCode: 1,
      stdout:
        "!\tHEAD:refs/heads/main\t[rejected] (atomic push failed)\n!\tx:refs/heads/rendered\t[rejected] (fetch first)\n",
    }))
    const target = parseGitBranch("main")
    const { report } = await pushBoth(dag.container(), { target, rendered: { branch, commit: next } }, attempt)
    expect(report).toEqual({ status: "behind", reason: "fetch first" })
    expect(asked[0]?.args.slice(-4)).toEqual([
      "--no-follow-tags",
      "origin",
      "HEAD:refs/heads/main",
      `${next}:refs/heads/rendered`,
    ])
    expect(asked[0]?.args).toContain("--atomic")
  })
})
