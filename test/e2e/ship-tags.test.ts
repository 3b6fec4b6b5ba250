import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import type { DestinationRequest } from "../../lib/ship/options/flags.ts"
import { planRelease } from "../../lib/ship/run.ts"
import { type Release, ship } from "../../lib/ship/ship.ts"
import { commitFolder } from "./commit-folder.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { type ShipCall, shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const DOCKERFILE = "FROM gcr.io/distroless/static-debian12\nCOPY Dockerfile /\n"
const REPOSITORY = "team/app"

/** A checkout of main with a commit at a time, in seconds since 1970, and with a remote, as in CI. */
type Checkout = { folder: string; commit: string }
function checkout(time: number, tags: string[] = []): Checkout {
  const folder = commitFolder({ branch: "main", tags: [], files: { Dockerfile: DOCKERFILE } })
  const date = `${time} +0000`
  const env = { ...process.env, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date }
  const who = ["-c", "user.name=Seed", "-c", "user.email=seed@example.com"]
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, ...who, ...args], { env, encoding: "utf8" }).trim()
  writeFileSync(join(folder, "Dockerfile"), `${DOCKERFILE}# ${time}\n`)
  git("commit", "--all", "--no-gpg-sign", "-m", "change")
  git("remote", "add", "origin", "https://git.example.com/team/app.git")
  for (const tag of tags) git("tag", tag)
  return { folder, commit: git("rev-parse", "HEAD") }
}

let registry: TestRegistry
let key: SigningKeyFiles
let older: Checkout
let newer: Checkout
beforeAll(async () => {
  ;[registry, key] = await Promise.all([startRegistry(), makeSigningKey()])
  older = checkout(1_790_000_000)
  newer = checkout(1_790_000_100)
})

type RunOptions = { destination?: Partial<DestinationRequest>; call?: ShipCall }
async function options({ destination, call }: RunOptions) {
  const whole = {
    repository: `registry.test:5000/${REPOSITORY}`,
    signing: await signingSecrets(key),
    ...{ tags: ["{sha}", "latest"], registry: { service: registry.service, plainHttp: true } },
    ...destination,
  }
  return await shipHere(whole, dag.host().directory(vulnerabilityDbFolder()), call)
}
const run = async ({ folder }: Checkout, request: RunOptions = {}): Promise<Release> =>
  await ship(dag.host().directory(folder), await options(request))
const tagsNow = async () => (await registry.snapshot())[REPOSITORY] ?? {}
const digestOf = ({ record }: Release) => String(record.image?.digest)

describe("latest, of two commits whose runs end in the wrong order", () => {
  let first: Release

  test("is at the newer commit, which ends first", async () => {
    first = await run(newer)
    expect(first.record.tags).toEqual([
      { name: newer.commit, change: "created" },
      { name: "latest", change: "created" },
    ])
  })

  test("stays there when the older one ends, and the record says so", async () => {
    const late = await run(older)
    expect(late.record.failure).toBeUndefined()
    expect(late.record.tags).toEqual([
      { name: older.commit, change: "created" },
      { name: "latest", change: "superseded", newer: newer.commit },
    ])
    expect(await tagsNow()).toMatchObject({ latest: digestOf(first), [older.commit]: digestOf(late) })
  })

  test("is planned to stay there", async () => {
    const plan = await planRelease(dag.host().directory(older.folder), await options({}))
    expect(plan.tags).toMatchObject([
      { name: older.commit, at: "itself" },
      { name: "latest", newer: newer.commit },
    ])
  })

  test("is moved back only by force; the next run of the newer commit corrects it", async () => {
    const forced = await run(older, { call: { flags: { force: true } } })
    expect(forced.record.tags?.at(-1)).toEqual({ name: "latest", change: "moved" })
    expect((await tagsNow())["latest"]).toBe(digestOf(forced))
    const again = await run(newer)
    expect(again.finished).toBeUndefined()
    expect(again.record).toMatchObject({ ok: true, adopted: true })
    expect(again.record.tags?.at(-1)).toEqual({ name: "latest", change: "moved" })
    expect((await tagsNow())["latest"]).toBe(digestOf(first))
  })

  test("is superseded in the record of a finished run of the older commit, which does nothing else", async () => {
    const finished = await run(older)
    expect(finished.finished).toBe(true)
    expect(finished.record.tags?.at(-1)).toEqual({ name: "latest", change: "superseded", newer: newer.commit })
  })

  test("prevents the push of an older image without any other tag", async () => {
    const between = checkout(1_790_000_050)
    const before = await registry.snapshot()
    const { record } = await run(between, { destination: { tags: ["latest"] } })
    expect(record.failure).toMatchObject({ stage: "publish", code: "TAG_CONFLICT" })
    expect(record.failure?.message).toContain(`latest at the newer ${newer.commit}. Add {sha} to the tags`)
    expect(await registry.snapshot()).toEqual(before)
  })

  test("is not moved back by the function tag either, except with force", async () => {
    const at = await tagsNow()
    const ref = `registry.test:5000/${REPOSITORY}@${at[older.commit]}`
    const source = dag.host().directory(older.folder)
    const tags = ["floating:latest", "floating:stable"]
    const module = slipway({ registryService: registry.service, plainHttp: true })
    const tag = (force: boolean) => module.registry.tag(ref, tags, source, undefined, force)
    expect(await tag(false)).toBe(
      `${ref}\n  latest (not moved; it is at the newer ${newer.commit})\n  stable (created)`,
    )
    expect((await tagsNow())["latest"]).toBe(at["latest"])
    expect(await tag(true)).toBe(`${ref}\n  latest (moved)\n  stable (unchanged)`)
  })
})

describe("a tag that a commit cannot get", () => {
  test("is refused before the push if another commit's image has it", async () => {
    const tagged = checkout(1_790_000_200, ["v1.0.0"])
    const moved = checkout(1_790_000_300, ["v1.0.0"])
    const tags = ["{semver}"]
    expect((await run(tagged, { destination: { tags } })).record.ok).toBe(true)
    const before = await registry.snapshot()
    const { record } = await run(moved, { destination: { tags } })
    expect(record.failure).toMatchObject({ stage: "resume", code: "TAG_CONFLICT" })
    expect(record.failure?.message).toContain(`expected the tag 1.0.0 to be free or at an image of ${moved.commit}`)
    const forced = await run(moved, { destination: { tags }, call: { flags: { force: true } } })
    expect(forced.record.failure).toMatchObject({ stage: "publish", code: "TAG_CONFLICT" })
    expect(await registry.snapshot()).toEqual(before)
  })

  test("is refused before anything runs if its version is another service's", async () => {
    const before = await registry.snapshot()
    const { record } = await run(checkout(1_790_000_400, ["api/v1.4.0"]), { destination: { tags: ["{semver}"] } })
    expect(record.failure).toMatchObject({ code: "OPTIONS_INVALID" })
    expect(record.failure?.message).toContain("no git tag of the commit is a version (api/v1.4.0)")
    expect(record.stages.map(({ name }) => name)).toEqual(["resume"])
    expect(await registry.snapshot()).toEqual(before)
  })
})
