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
import { openOrPutBack, proposalText, type RequestDelivery, readProposalBranch } from "../../lib/gitops/proposal.ts"
import { type BumpRequest, parseRepositoryPath, proposalBranch } from "../../lib/gitops/request.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"
import { type Reply, stubGit } from "./stub-git.ts"

describe("proposal text", () => {
  const ref = `ghcr.io/acme/web@sha256:${"0a".repeat(32)}`
  const trailers = `Slipway-Bump: prod web ${ref}\nSource-Order: 7`
  const changes = [{ object: "Deployment/web", field: ".spec.image", from: "web:`1`", to: "web:2" }]
  const given = { changes, notes: ["the tag stays"], base: "main" }

  test("is the commit's subject, what changes, and the trailers last", () => {
    expect(proposalText(`Bump web\n\nWhy.\n\n${trailers}\n`, given)).toEqual({
      title: "Bump web",
      body: `Why.

- \`Deployment/web spec.image\`: \`web:'1'\` → \`web:2\`

Note: the tag stays

This branch is made anew on \`main\` by the next bump of the same image; what is pushed to it by hand is lost.

${trailers}`,
    })
  })

  test("is read as trailers where a forge squashes it into a message", () => {
    const { title, body } = proposalText(`Bump web\n\n${trailers}\n`, given)
    const { bumps, source } = parseTrailers(`${title} (#7)\n\n${body}`)
    expect([bumps, source]).toEqual([[{ path: "prod", image: "web", ref }], { order: 7 }])
  })

  test("is no longer than a forge takes and a person reads", () => {
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

  /** A forge, and what it has open. */
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

  describe("what an earlier run proposed, which is newer", () => {
    const log = `${theirs} 1790000009 Ann\n Bump web\n \n ${renderTrailers(trailers).replaceAll("\n", "\n ")}\n`
    const look = async () => {
      const { container: checkout } = stubGit({ exitCode: 0 }, { exitCode: 0, stdout: log })
      return await readProposalBranch({ checkout }, branch, steps())
    }

    test("holds its place while its request is open", async () => {
      const side = (ref: string) => ({ ref, repo_id: 1 })
      forge.open = [{ number: 7, html_url: "https://git.test/pulls/7", head: side(branch), base: side("main") }]
      const { open, newer } = await look()
      expect(open).toEqual({ number: 7, url: "https://git.test/pulls/7" })
      expect(newer).toMatchObject([{ path, image: "web", commit: theirs, order: 1_790_000_009 }])
    })

    test("holds nothing once its request is closed, and its branch is where this run goes on from", async () => {
      const { open, newer, tip } = await look()
      expect(open).toBeUndefined()
      expect(newer).toEqual([])
      expect(tip?.commit).toBe(theirs)
    })
  })

  describe("a branch of which no request comes", () => {
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
      const { container, asked } = stubGit(reply)
      const own = { branch, container, commit: made, moved: true, ...more }
      const error: Error = await openOrPutBack(proposal, own, steps()).then(
        () => expect.fail("a request was opened"),
        (thrown) => thrown,
      )
      return { message: error.message, pushes: asked.map(({ args }) => args.slice(-3)) }
    }
    beforeEach(() => void Object.assign(forge, { refuses: true }))

    test("is what a request that is opened leaves as it is", async () => {
      forge.refuses = false
      const { container, asked } = stubGit()
      const own = { branch, container, commit: made, moved: true }
      expect((await openOrPutBack(proposal, own, steps())).how).toBe("opened")
      expect(asked).toEqual([])
    })

    test.each<[string, { tip?: LoggedCommit }, string]>([
      ["to where it was", { tip }, `${theirs}:refs/heads/${branch}`],
      ["by deleting it, where there was none", {}, `:refs/heads/${branch}`],
    ])("is put back %s, and the forge's refusal is told", async (_, before, refspec) => {
      const { message, pushes } = await open(BACK, before)
      expect(pushes).toEqual([[`--force-with-lease=refs/heads/${branch}:${made}`, "origin", refspec]])
      expect(message).toContain(REFUSAL)
      expect(message).not.toContain("put back")
    })

    test("is left alone if this run did not move it, or if somebody else has since", async () => {
      expect((await open(BACK, { moved: false })).pushes).toEqual([])
      const behind = pushed(`!\t:refs/heads/${branch}\t[rejected] (stale info)`)
      expect((await open(behind)).message).not.toContain("put back")
    })

    test.each<[string, Reply, string]>([
      [
        "refuses",
        pushed(`!\t:refs/heads/${branch}\t[remote rejected] (hook declined)`, "error: hook declined"),
        "error: hook declined",
      ],
      ["does not answer", { exitCode: 128, stderr: "fatal: early EOF" }, "fatal: early EOF"],
    ])("is named where the server %s it back", async (_, reply, reason) => {
      const { message } = await open(reply)
      expect(message).toContain(REFUSAL)
      expect(message).toMatch(
        new RegExp(
          ` Its branch ${branch} could not be put back and may still be at ${made} \\(${reason}\\): delete it, or run this again\\.$`,
        ),
      )
    })
  })
})
