import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { DeliveryChoice } from "../../lib/gitops/context.ts"
import { parseForge } from "../../lib/gitops/forge/forge-place.ts"
import { openRequest } from "../../lib/gitops/forge/pull-request.ts"
import { parseGitRemote } from "../../lib/gitops/git/remote.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { leaks } from "../leak/search.ts"
import { type ApiRecorder, expectRecording, startRecorder } from "./api-recorder.ts"
import { type Gitea, startGitea } from "./gitea.ts"
import { type GiteaPipeline, pipelineOf } from "./gitea-delivery.ts"
import {
  BOT,
  type GiteaRepository,
  makeOrganization,
  makeRepository,
  secretOf,
  VALUES,
  values,
} from "./gitea-repository.ts"
import { useEngine } from "./session.ts"

useEngine()

let gitea: Gitea
let recorder: ApiRecorder
/** The bot's token, with the scope that our errors name. */
let token: string
beforeAll(async () => {
  gitea = await startGitea()
  recorder = await startRecorder(gitea.url, "/api/v1")
  await makeOrganization(gitea)
  token = await gitea.tokenOf(BOT, ["write:repository"])
})
afterAll(async () => {
  await recorder?.stop()
  await gitea?.stop()
})

const request = (choice: DeliveryChoice = {}): DeliveryChoice => ({
  ...{ pullRequest: true, forge: "gitea", endpoint: recorder.endpoint },
  ...choice,
})
const autoMerge = () => request({ autoMerge: true })

type Place = { repo: GiteaRepository } & GiteaPipeline

async function place(name: string): Promise<Place> {
  const repo = await makeRepository(gitea, { name })
  return { repo, ...pipelineOf(gitea, repo, token) }
}

/** The digest on main. */
const live = async (repo: GiteaRepository) => (await repo.text(VALUES))?.match(/sha256:[0-9a-f]{64}/)?.[0]

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 60 && !(await condition()); tries++) await sleep(500)
}

describe("pull request", () => {
  let at: Place
  let before: string | undefined
  beforeAll(async () => {
    at = await place("deploy")
    await at.repo.protect({ enable_push: false })
    before = await at.repo.tip("main")
  })

  test("is opened from a separate branch with one commit on main, which is protected", async () => {
    const text = await at.bump({ build: "1", order: 100, delivery: request() })
    const [pull, ...others] = await at.repo.pulls()
    expect(others).toEqual([])
    expect(pull).toMatchObject({
      ...{ number: 1, title: `Bump hello to ${digestOf("1").slice(7, 19)} in ${VALUES}` },
      head: { ref: expect.stringMatching(/^slipway\/main\/[0-9a-f]{10}$/) },
    })
    expect(pull?.body).toMatch(/\n\nSlipway-Bump: apps\/values\.yaml hello ghcr\.io\/acme\/hello@sha256:/)
    expect(text).toMatch(/^Opened the pull request http:\/\/gitea\.test\/acme\/deploy\/pulls\/1 for /)
    expect(await at.repo.text(VALUES, pull?.head.ref)).toBe(values(digestOf("1")))
    expect(await at.repo.tip("main")).toBe(before)
    expect(leaks(text, { token })).toEqual([])
  })

  test("is updated for the next image: the same branch, one commit, no second request", async () => {
    const text = await at.bump({ build: "2", order: 200, delivery: request() })
    const [pull, ...others] = await at.repo.pulls()
    expect(others).toEqual([])
    expect(pull).toMatchObject({ number: 1, title: `Bump hello to ${digestOf("2").slice(7, 19)} in ${VALUES}` })
    expect(text).toMatch(/^Updated the pull request /)
    const commits = await gitea.make("GET", "/repos/acme/deploy/pulls/1/commits")
    expect(commits.map(({ sha }: { sha: string }) => sha)).toEqual([pull?.head.sha])
    expect(await at.repo.text(VALUES, pull?.head.ref)).toBe(values(digestOf("2")))
  })

  test("stays as it is for a late run with an older image, and for the same image", async () => {
    const [now] = await at.repo.pulls()
    expect(await at.bump({ build: "late", order: 150, delivery: request() })).toMatch(
      /^Superseded: http:\/\/gitea\.test\/acme\/deploy\/pulls\/1 proposes a newer bump/,
    )
    expect(await at.bump({ build: "2", order: 200, delivery: request() })).toMatch(/^Updated/)
    expect((await at.repo.pulls()).map(({ head: { ref, sha } }) => ({ ref, sha }))).toEqual([
      { ref: now?.head.ref, sha: now?.head.sha },
    ])
  })

  test("is found again if another run opened it in the meantime", async () => {
    const [pull] = await at.repo.pulls()
    const { forge, place } = parseForge(parseGitRemote(at.repo.url), request())
    const proposal = { head: pull?.head.ref ?? "", base: "main", title: "again", body: "again" }
    const { how, request: found } = await openRequest(proposal, { forge, place, token: secretOf(token) })
    expect({ how, number: found.number }).toEqual({ how: "updated", number: 1 })
    expect((await at.repo.pulls("all")).map(({ title }) => title)).toEqual(["again"])
  })

  test("that was closed without a merge is not opened again: the next bump opens another", async () => {
    await gitea.make("PATCH", "/repos/acme/deploy/pulls/1", { state: "closed" })
    expect(await at.merge({ build: "2", order: 200, delivery: request() })).toEqual({ kind: "closed" })
    expect(await at.bump({ build: "older", order: 120, delivery: request() })).toMatch(
      /^Opened the pull request .*\/2 /,
    )
    expect((await at.repo.pulls()).map(({ number }) => number)).toEqual([2])
    expect(await at.merge({ build: "older", order: 120, delivery: request() })).toEqual({ kind: "open" })
    expect(await at.repo.tip("main")).toBe(before)
  })
})

describe("merge", () => {
  test.each(["merge", "rebase", "rebase-merge", "squash", "fast-forward-only"])(
    "by the repository's default style %s at once, and main's history has the deployment",
    async (style) => {
      const at = await place(`style-${style}`)
      await at.repo.settings({ default_merge_style: style, allow_fast_forward_only_merge: true })
      const first = { build: "1", order: 100, delivery: autoMerge() }
      expect(await at.bump(first)).toContain("The pull request is merged")
      expect(await at.repo.merged(1)).toBe(true)
      expect(await live(at.repo)).toBe(digestOf("1"))
      expect(await at.repo.branches()).toEqual(["main"])
      expect(await at.merge(first)).toEqual({ kind: "merged", commit: await at.repo.tip("main") })
      expect(await at.deployed()).toEqual([digestOf("1")])
      expect(await at.bump({ build: "late", order: 50, delivery: autoMerge() })).toMatch(/^Superseded/)
      expect(await live(at.repo)).toBe(digestOf("1"))
    },
  )

  test("waits for a review, and happens with the approval", async () => {
    const at = await place("review")
    await at.repo.protect({ enable_push: false, required_approvals: 1 })
    const text = await at.bump({ build: "1", order: 100, delivery: autoMerge() })
    expect(text).toContain("The forge merges the pull request when its checks pass")
    expect(await at.repo.merged(1)).toBe(false)
    expect(await at.merge({ build: "1", order: 100, delivery: autoMerge() })).toEqual({ kind: "open" })
    const review = { event: "APPROVED", body: "" }
    expect(
      (await gitea.ask("POST", "/repos/acme/review/pulls/1/reviews", { as: "reviewer", body: review })).status,
    ).toBe(200)
    await until(() => at.repo.merged(1))
    expect(await live(at.repo)).toBe(digestOf("1"))
    expect(await at.deployed()).toEqual([digestOf("1")])
  })

  test.each(["merge", "squash"])("by %s waits for checks, and names the image of the latest update", async (style) => {
    const at = await place(`checks-${style}`)
    await at.repo.settings({ default_merge_style: style })
    await at.repo.protect({ enable_push: false, enable_status_check: true, status_check_contexts: ["ci"] })
    for (const [build, order] of [
      ["1", 100],
      ["2", 200],
    ] as const) {
      const text = await at.bump({ build, order, delivery: autoMerge() })
      expect(text).toContain("The forge merges the pull request when its checks pass")
    }
    expect(await at.repo.merged(1)).toBe(false)
    const [pull] = await at.repo.pulls()
    const state = { state: "success", context: "ci" }
    await gitea.make("POST", `/repos/acme/checks-${style}/statuses/${pull?.head.sha}`, state)
    await until(() => at.repo.merged(1))
    expect(await live(at.repo)).toBe(digestOf("2"))
    expect(await at.deployed()).toEqual([digestOf("2")])
    const [message] = await at.repo.messages()
    expect(message).toContain(digestOf("2").slice(7, 19))
    expect(message).not.toContain(digestOf("1").slice(7, 19))
  })

  test("is refused for a request that conflicts with main, with the reason", async () => {
    const at = await place("conflict")
    await at.repo.protect({ enable_push: false, enable_merge_whitelist: true, merge_whitelist_usernames: ["reviewer"] })
    const refused = at.bump({ build: "1", order: 100, delivery: autoMerge() })
    await expect(refused).rejects.toThrow(/^FORGE_REFUSED: .*User not allowed to merge PR.*the pull request stays open/)
    expect(await at.repo.pulls()).toHaveLength(1)
  })
})

test("records the calls that the fake forge and the unit tests use", () => {
  expectRecording("delivery", recorder.calls, { token })
})
