import { beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository } from "../../lib/gitops/bump-gitops.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { type EngineGitServer, startEngineGitServer } from "./engine-git-server.ts"
import { useEngine } from "./session.ts"
import { toolImage } from "./slipway.ts"
import { unverified } from "./unverified.ts"

useEngine()

const files = { "values.yaml": "image:\n  repository: ghcr.io/acme/hello\n  digest: ''\n" }
/** Stops the server, and with it the connection of the push. */
const CUT = "kill -9 $(cat /run/lighttpd.pid)\n"
/** Stops the process that receives the push before it accepts it. */
const FORGET = "kill -9 $PPID\n"
/** Stops after the branch has the commit and before the response. */
const committed = (script: string) => `[ "$1" = committed ] || exit 0\n${script}`
const once = (script: string) => `[ -e done ] && exit 0\n: >done\n${script}`
const COUNT = "echo call >>calls\n"

const repositories = {
  declining: { files, hooks: { "pre-receive": `${COUNT}echo 'only on Tuesdays' >&2\nexit 1\n` } },
  protected: {
    files,
    hooks: { update: `${COUNT}echo 'GH006: Protected branch update failed for' $1 >&2\nexit 1\n` },
  },
  full: { files },
  gone: { files, hooks: { "pre-receive": `: >/gone\n${CUT}${FORGET}` } },
  restarted: { files, hooks: { "pre-receive": once(`${CUT}${FORGET}`) } },
  "answer-lost": { files, hooks: { "reference-transaction": committed(once(CUT)) } },
  "answer-lost-over-ssh": { files, hooks: { "reference-transaction": committed(once(FORGET)) } },
}
type Name = keyof typeof repositories

/** A disk of one MiB with room only for the record of a push from a shallow checkout. */
const FILL = `mv /srv/git/full.git /srv/small/ && ln -s /srv/small/full.git /srv/git/full.git
cat /dev/zero >/srv/small/rest 2>/dev/null
truncate -s -4096 /srv/small/rest`

let server: EngineGitServer
beforeAll(async () => {
  server = await startEngineGitServer({ repositories, setUp: FILL })
})

function bump(name: Name, { timeout = 60, ssh = false } = {}): Promise<string> {
  const { service: gitService, key: sshKey, knownHosts } = server
  const overSsh = { repo: `ssh://root@git.test/srv/git/${name}.git`, sshKey, knownHosts, gitService }
  return bumpRepository({
    access: ssh ? overSsh : { repo: `http://git.test/${name}.git`, gitService },
    options: {
      ...{ path: "values.yaml", edits: ["helm:image"], image: "hello", branch: "main", timeout },
      ref: `ghcr.io/acme/hello@${digestOf("1")}`,
    },
    image: toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE,
    run: newRun(),
    verify: unverified,
    dryRun: false,
  })
}

/** Every ref, every object with its type and size, and the bytes of all of them, except some objects. */
function world(name: Name, without: string[] = []): Promise<string> {
  const but = without.length > 0 ? `grep -v -e ${without.join(" -e ")}` : "cat"
  return server.run(`cd /srv/git/${name}.git && git for-each-ref && ${OBJECTS} | ${but} | tee /tmp/objects &&
    cut -d' ' -f1 /tmp/objects | git cat-file --batch | sha256sum`)
}
const OBJECTS = "git cat-file --batch-all-objects --batch-check"

/** Objects that were added, by name and type. */
async function added(name: Name, before: string): Promise<{ ids: string[]; types: string[] }> {
  const all = (await server.run(`cd /srv/git/${name}.git && ${OBJECTS}`)).trim().split("\n")
  const fresh = all.filter((line) => !before.includes(line)).map((line) => line.split(" "))
  return { ids: fresh.map(([id = ""]) => id), types: fresh.map(([, type = ""]) => type).sort() }
}

const COMMIT = ["blob", "commit", "tree"]

describe("failed push", () => {
  test.each<{ name: Name; says: RegExp; calls?: number; timeout?: number; leaves?: string[] }>([
    { name: "declining", says: /^PUSH_REFUSED: [\s\S]*pre-receive hook declined[\s\S]*only on Tuesdays/, calls: 1 },
    // git keeps the objects that an update hook refuses until its next garbage collection; no ref reaches them
    {
      ...{ name: "protected", calls: 1, leaves: COMMIT },
      says: /^PUSH_REFUSED: [\s\S]*GH006: Protected branch update failed for refs\/heads\/main/,
    },
    { name: "full", says: /^PUSH_REFUSED: [\s\S]*No space left on device/ },
    { name: "gone", says: /^(?:PUSH_REFUSED|GIT_FAILED): [\s\S]*run it again/i, timeout: 3 },
  ])("changes no ref on a server that is $name", async ({ name, says, calls, timeout, leaves = [] }) => {
    const before = await world(name)
    await expect(bump(name, { ...(timeout && { timeout }) })).rejects.toThrow(says)
    const { ids, types } = await added(name, before)
    expect(types).toEqual(leaves)
    expect(await world(name, ids)).toBe(before)
    if (calls) expect(await server.run(`cat /srv/git/${name}.git/calls`)).toBe("call\n".repeat(calls))
    await server.run("rm -f /gone")
  })
})

describe("push that succeeds despite a fault", () => {
  test.each<{ name: Name; ssh?: boolean; says: RegExp }>([
    { name: "restarted", says: /^Bumped [\s\S]*Pushed after [2-9] tries/ },
    { name: "answer-lost", says: /^Bumped [\s\S]*response to the push was lost/ },
    { name: "answer-lost-over-ssh", ssh: true, says: /^Bumped [\s\S]*response to the push was lost/ },
  ])("makes one commit on the server $name", async ({ name, ssh = false, says }) => {
    const git = async (command: string) => (await server.run(`git -C /srv/git/${name}.git ${command}`)).trim()
    const [tip, before] = [await git("rev-parse main"), await world(name)]
    const said = await bump(name, { ssh })
    expect(said).toMatch(says)
    const commit = said.match(/commit ([0-9a-f]{40})/)?.[1] ?? ""
    expect(await git(`rev-list main ^${tip}`)).toBe(commit)
    expect(await git("show main:values.yaml")).toContain(digestOf("1"))
    const { ids, types } = await added(name, before)
    expect(types).toEqual(COMMIT)
    expect((await world(name, ids)).replace(commit, tip)).toBe(before)
  })
})
