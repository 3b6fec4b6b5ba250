import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { FIND_CHANGES, mergeImages, parseFiles, parseLastChanges } from "../../lib/deployed/inventory.ts"
import { imageFilesArgs, lastChangesArgs, printFilesArgs } from "../../lib/gitops/git/args.ts"
import type { Digest } from "../../lib/oci/reference.ts"

const digest = `sha256:${"0a".repeat(32)}` as Digest

/** A repository with a commit for each set of files, made one after the other. */
function repository(...commits: { message: string; files: Record<string, string> }[]) {
  const folder = mkdtempSync(join(tmpdir(), "slipway-deployed-"))
  const env = { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", HOME: folder }
  const git = (args: string[]) => execFileSync(args[0] ?? "", args.slice(1), { cwd: folder, env, encoding: "utf8" })
  git(["git", "init", "-q"])
  for (const { message, files } of commits) {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    git(["git", "add", "."])
    git(["git", "-c", "user.name=Ann", "-c", "user.email=a@b.example", "commit", "-qm", message])
  }
  return { folder, git }
}

test("reads whole files that may name an image, below the paths only", () => {
  const values = "image:\n  tag: 1\n\n# end"
  const files = { "a b/values.yaml": values, "c/values.yaml": "replicas: 1\n", "d.env": `X=${digest}\n` }
  const { git } = repository({ message: "seed", files })
  const read = (...paths: string[]) =>
    parseFiles(git(printFilesArgs(git(imageFilesArgs(paths)).split("\0").filter(Boolean))))
  expect(read()).toEqual([
    { path: "a b/values.yaml", text: `${values}\n` },
    { path: "d.env", text: `X=${digest}\n` },
  ])
  expect(read("a b")).toEqual([{ path: "a b/values.yaml", text: `${values}\n` }])
})

test("finds the commit that wrote a value, with what a bump says about it", () => {
  const bump = `Bump\n\nSlipway-Bump: app.yaml app ghcr.io/acme/app@${digest}\nSource-Revision: f00d\n`
  const { folder, git } = repository(
    { message: "seed", files: { "app.yaml": "image: a:1.0\n" } },
    { message: bump, files: { "app.yaml": `image: a:1.0\nnext: ${digest}\n` } },
    { message: "touch", files: { "app.yaml": `image: a:1.0\nnext: ${digest}\nreplicas: 2\n` } },
  )
  const [program, queries] = [join(folder, "find"), join(folder, "queries")]
  writeFileSync(program, FIND_CHANGES)
  chmodSync(program, 0o755)
  writeFileSync(queries, `1.0\tapp.yaml\n${digest}\tapp.yaml\nabsent\tapp.yaml\n`)
  const found = parseLastChanges(git([program, queries, ...lastChangesArgs().slice(2)]), [undefined, digest, digest])
  const commits = git(["git", "log", "--format=%H"]).trim().split("\n").toReversed()
  expect(found).toEqual([
    { commit: commits[0], author: "Ann", time: expect.stringMatching(/Z$/) },
    {
      commit: commits[1],
      author: "Ann",
      time: expect.stringMatching(/Z$/),
      kind: "bump",
      source: { revision: "f00d" },
    },
    undefined,
  ])
})

test("an image that several environments name in the same way is one", () => {
  const environment = (path: string) => ({ repo: "r", branch: "main", path })
  const image = (path: string, tag?: string) => ({
    name: "a.example/b",
    digest,
    ...(tag && { tag }),
    environments: [environment(path)],
  })
  const tagged = { name: "a.example/b", tag: "1", environments: [environment("c")] }
  expect(mergeImages([image("a"), tagged, image("b", "1")])).toEqual([
    { ...image("a"), environments: [environment("a"), environment("b")] },
    tagged,
  ])
})
