import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Secret } from "@dagger.io/dagger"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { parseTrailers, renderTrailers } from "../../lib/gitops/commit-message.ts"
import { GITEA } from "../../lib/gitops/forge/gitea.ts"
import { deadlineOf } from "../../lib/gitops/git/exec.ts"
import type { LoggedCommit } from "../../lib/gitops/git/output.ts"
import { parseGitBranch } from "../../lib/gitops/git/remote.ts"
import { parseImageName } from "../../lib/gitops/overlay/verdict.ts"
import { openOrRestore, proposalText, type RequestDelivery, readProposalBranch } from "../../lib/gitops/proposal.ts"
import { type BumpRequest, parseRepositoryPath, proposalBranch } from "../../lib/gitops/request.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"
import { type Reply, stubGit } from "./stub-git.ts"

describe("proposal text", () => {
  const ref = `ghcr.io/acme/web@sha256:${"0a".repeat(32)}`
  const trailers = `Slipway-Bump: prod web ${ref}\nSource-Order: 7`
  const changes = [{ object: "Deployment/web", field: ".spec.image", from: "web:`1`", to: "web:2" }]
  const given = { changes, notes: ["the tag stays"], base: "main" }

  test("renders the commit's subject, the changes and the trailers, in this order", () => {
    expect(proposalText(`Bump web\n\nWhy.\n\n${trailers}\n`, given)).toEqual({
      title: "Bump web",
      body: `Why.

- \`Deployment/web spec.image\`: \`web:'1'\` → \`web:2\`

Note: the tag stays

The next bump of the same image rebuilds this branch on \`main\` and discards commits that were pushed to it by hand.

${trailers}`,
    })
  })

  test("keeps the trailers readable in the message of a squashed commit", () => {
    const { title, body } = proposalText(`Bump web\n\n${trailers}\n`, given)
    const { bumps, source } = parseTrailers(`${title} (#7)\n\n${body}`)
    expect([bumps, source]).toEqual([[{ path: "prod", image: "web", ref }], { order: 7 }])
  })

  test("limits the length of the title and the number of changes", () => {
    const many = Array.from({ length: 60 }, (_, at) => ({ object: `Deployment/${at}`, field: ".a" }))
    const { title, body } = proposalText(`${"x".repeat(300)}\n\n${trailers}\n`, { ...given, changes: many })
    expect(title).toBe(`${"x".repeat(249)}…`)
    expect(body).toContain("Deployment/49")
    expect(body).not.toContain("Deployment/50")
    expect(body).toContain("- and 10 more")
  })
})

describe("propose", () => {
  const [made, theirs] = ["0a".repeat(20), "0b".repeat(20)]
  const images = [{ image: parseImageName("web"), ref: parseDigestRef(`ghcr.io/acme/web@sha256:${"0a".repeat(32)}`) }]
  const path = parseRepositoryPath("prod")
  const request: BumpRequest = {
    ...{
      kind: "bump",
      branch: parseGitBranch("main"),
      source: { order: 1_790_000_000 },
      message: "Bump web",
      timeout: 60,
    },
    changes: [{ kind: "overlay", path, images }],
    author: { name: "Ann", email: "ann@acme.example", signOff: false },
  }
  const branch = proposalBranch(request.branch, request.changes)
  const trailers = {
    kind: "bump" as const,
    bumps: images.map((image) => ({ path, ...image })),
    source: { order: 1_790_000_009 },
  }

  /** A fake forge with its open requests. */
  const forge = { open: [] as object[], refuses: false }
  const server = createServer(({ method, url = "" }, response) => {
    if (method === "GET") return void response.end(JSON.stringify(url.includes("page=1") ? forge.open : []))
    if (forge.refuses) return void response.writeHead(403).end('{"message":"no scope write:repository"}')
    response.writeHead(201).end(JSON.stringify({ number: 8, html_url: "https://git.test/pulls/8" }))
  })
  beforeAll(() => new Promise<void>((done) => server.listen(0, "127.0.0.1", done)))
  afterAll(() => new Promise((done) => server.close(done)))
  beforeEach(() => void Object.assign(forge, { open: [], refuses: false }))

  const steps = () => {
    const { port } = server.address() as AddressInfo
    const place = { endpoint: `http://127.0.0.1:${port}/api/v1`, repository: "acme/deploy" }
    const token = { plaintext: async () => "t0ken" } as unknown as Secret
    const delivery: RequestDelivery = { kind: "request", autoMerge: false, forge: GITEA, place, token }
    return { request, delivery, attempt: { run: newRun(), tries: 1, deadline: deadlineOf(60) } }
  }

  describe("newer proposal of an earlier run", () => {
    const log = `${theirs} 1790000009 Ann\n Bump web\n \n ${renderTrailers(trailers).replaceAll("\n", "\n ")}\n`
    const look = async () => {
      const { container: checkout } = stubGit({ exitCode: 0 }, { exitCode: 0, stdout: log })
      return await readProposalBranch({ checkout }, branch, steps())
    }

    test("supersedes a bump while its pull request is open", async () => {
      const side = (ref: string) => ({ ref, repo_id: 1 })
      forge.open = [{ number: 7, html_url: "https://git.test/pulls/7", head: side(branch), base: side("main") }]
      const { open, newer } = await look()
      expect(open).toEqual({ number: 7, url: "https://git.test/pulls/7" })
      expect(newer).toMatchObject([{ path, image: "web", commit: theirs, order: 1_790_000_009 }])
    })

    test("does not supersede a bump after its pull request was closed; its branch is reused", async () => {
      const { open, newer, tip } = await look()
      expect(open).toBeUndefined()
      expect(newer).toEqual([])
      expect(tip?.commit).toBe(theirs)
    })
  })

  describe("branch without a pull request", () => {
    const proposal = { head: branch, base: "main", title: "Bump web", body: "" }
    const tip: LoggedCommit = { commit: theirs, time: 1, author: "Ann", message: "", trailers }
    const pushed = (line: string, stderr = ""): Reply => ({
      exitCode: line.startsWith("!") ? 1 : 0,
      stdout: `${line}\n`,
      stderr,
    })
    const BACK = pushed(`+\t${theirs}:refs/heads/${branch}\t${made}...${theirs} (forced update)`)
    const REFUSAL = "FORGE_REFUSED: expected Gitea to open a pull request in acme/deploy"
    const open = async (reply: Reply, more: { tip?: LoggedCommit; moved?: boolean } = {}) => {
      const { container, calls } = stubGit(reply)
      const own = { branch, container, commit: made, moved: true, ...more }
      const error: Error = await openOrRestore(proposal, own, steps()).then(
        () => expect.fail("a request was opened"),
        (thrown) => thrown,
      )
      return { message: error.message, pushes: calls.map(({ args }) => args.slice(-3)) }
    }
    beforeEach(() => void Object.assign(forge, { refuses: true }))

    test("keeps the branch of an opened pull request", async () => {
      forge.refuses = false
      const { container, calls } = stubGit()
      const own = { branch, container, commit: made, moved: true }
      expect((await openOrRestore(proposal, own, steps())).how).toBe("opened")
      expect(calls).toEqual([])
    })

    test.each<[string, { tip?: LoggedCommit }, string]>([
      ["restores the branch", { tip }, `${theirs}:refs/heads/${branch}`],
      ["deletes a new branch", {}, `:refs/heads/${branch}`],
    ])("%s after the forge refused the pull request", async (_, before, refspec) => {
      const { message, pushes } = await open(BACK, before)
      expect(pushes).toEqual([[`--force-with-lease=refs/heads/${branch}:${made}`, "origin", refspec]])
      expect(message).toContain(REFUSAL)
      expect(message).not.toContain("could not be restored")
    })

    test("does not restore a branch that this run did not move, or that another writer moved since", async () => {
      expect((await open(BACK, { moved: false })).pushes).toEqual([])
      const behind = pushed(`!\t:refs/heads/${branch}\t[rejected] (stale info)`)
      expect((await open(behind)).message).not.toContain("could not be restored")
    })

    test.each<[string, Reply, string]>([
      [
        "refuses",
        pushed(`!\t:refs/heads/${branch}\t[remote rejected] (hook declined)`, "error: hook declined"),
        "error: hook declined",
      ],
      ["does not respond", { exitCode: 128, stderr: "fatal: early EOF" }, "fatal: early EOF"],
    ])("names the branch if the server %s while it is restored", async (_, reply, reason) => {
      const { message } = await open(reply)
      expect(message).toContain(REFUSAL)
      expect(message).toMatch(
        new RegExp(
          ` Delete the branch ${branch}, or run this again: it could not be restored and may still be at ${made} \\(${reason}\\)\\.$`,
        ),
      )
    })
  })
})
