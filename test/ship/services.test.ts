import { describe, expect, test } from "vitest"
import { type Delivery, parseDelivery } from "../../lib/gitops/context.ts"
import { parseGitRemote } from "../../lib/gitops/git/remote.ts"
import { parseBumpOptions } from "../../lib/gitops/options.ts"
import { findUnreadable, groupByTarget } from "../../lib/ship/services.ts"

describe("services", () => {
  const service = (name: string, readable: Promise<unknown>) => ({ name, ahead: { readable } })

  test("finds the services that cannot be built before any is built", async () => {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error("no Dockerfile")), 5))
    const all = [service("api", Promise.resolve()), service("web", late)]
    expect(await findUnreadable(all)).toEqual(["web"])
    expect(await findUnreadable(all.slice(0, 1))).toEqual([])
  })
})

describe("bump groups", () => {
  const ref = `ghcr.io/acme/app@sha256:${"0a".repeat(32)}`
  const remote = parseGitRemote("https://github.com/acme/deploy")
  const token = {} as never
  const way = (choice: object) => parseDelivery({ pullRequest: true, token, ...choice }, { remote, login: undefined })
  type Also = { delivery?: Delivery; options?: object }
  const bump = (repo: string, branch: string, path: string, { delivery, options }: Also = {}) => ({
    request: parseBumpOptions({ path, image: "app", ref, branch, ...options }),
    context: { ...(delivery && { delivery }) },
    place: { repo, branch, path },
  })
  const pathsOf = (bumps: ReturnType<typeof bump>[]) =>
    groupByTarget(bumps).map((group) => group.map(({ place }) => place.path))

  test.each([
    {
      name: "one repository and branch",
      bumps: [bump("r", "main", "a"), bump("r", "main", "b")],
      groups: [["a", "b"]],
    },
    { name: "another branch", bumps: [bump("r", "main", "a"), bump("r", "live", "b")], groups: [["a"], ["b"]] },
    {
      name: "another repository",
      bumps: [bump("r", "main", "a"), bump("s", "main", "b"), bump("r", "main", "c")],
      groups: [["a", "c"], ["b"]],
    },
    { name: "nothing", bumps: [], groups: [] },
  ])("commits for $name", ({ bumps, groups }) => {
    expect(pathsOf(bumps)).toEqual(groups)
  })

  describe("bumps to the same branch are one commit", () => {
    const request = () => way({})
    test.each<{ name: string; one?: Also; other?: Also; together: boolean }>([
      { name: "if both are pushed", other: { delivery: { kind: "push" } }, together: true },
      { name: "if both are proposed", one: { delivery: request() }, other: { delivery: request() }, together: true },
      { name: "but not if one is pushed and one proposed", other: { delivery: request() }, together: false },
      {
        name: "but not if the forge merges one of them",
        one: { delivery: request() },
        other: { delivery: way({ autoMerge: true }) },
        together: false,
      },
      {
        name: "but not if they are proposed in different places",
        one: { delivery: request() },
        other: { delivery: way({ endpoint: "https://api.example.com" }) },
        together: false,
      },
      { name: "but not with another message", other: { options: { message: "Deploy {image}" } }, together: false },
      { name: "but not by another author", other: { options: { authorName: "robot" } }, together: false },
      { name: "but not with another time limit", other: { options: { timeout: 60 } }, together: false },
      { name: "but not of another commit", other: { options: { sourceRevision: "c0ffee" } }, together: false },
    ])("$name", ({ one, other, together }) => {
      const bumps = [bump("r", "main", "a", one), bump("r", "main", "b", other)]
      expect(pathsOf(bumps)).toEqual(together ? [["a", "b"]] : [["a"], ["b"]])
    })
  })
})
