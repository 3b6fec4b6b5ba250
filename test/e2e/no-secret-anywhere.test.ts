import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { searchFolder } from "../leak/folder.ts"
import { needlesOf } from "../leak/needles.ts"
import { describeFinding, plant } from "../leak/planted.ts"
import { type Search, searchFor } from "../leak/search.ts"
import { CAN_HAVE_OWN, type OwnEngine, startOwnEngine } from "./own-engine.ts"
import { buildImage, deliver, failToBuild } from "./secrets/builds.ts"
import { folder, keepPrinted, printed } from "./secrets/call.ts"
import { bumpOverSsh, bumpWithRefusedToken, logInToClouds, logInToNobody } from "./secrets/logins.ts"
import { signByAws, signByCloud, signByVault, signWithRefusedToken, tagInShell } from "./secrets/signing.ts"
import { CLOUDS, type SecretWorld, startSecretWorld } from "./secrets/world.ts"
import { startSession } from "./session.ts"
import { makeSigningKey } from "./signing-key.ts"

const OVERLAY = {
  "prod/deployment.yaml":
    "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a, image: app }] }\n",
  "prod/kustomization.yaml": "resources: [deployment.yaml]\n",
}

/** Markers in each place and form in which a secret must not be; the search must find them. */
const planted = {
  layer: plant("a layer"),
  config: plant("an image config"),
  log: plant("a log line"),
  environment: plant("an exec's environment"),
  call: plant("a call's argument"),
  report: plant("a report"),
}
const image = folder()
const [delivered, failed] = [folder(), folder()]

let engine: OwnEngine | undefined
let endSession: () => Promise<void>
let world: SecretWorld
let search: Search
beforeAll(async () => {
  const key = await elsewhere(makeSigningKey)
  engine = CAN_HAVE_OWN ? await startOwnEngine("leak") : undefined
  endSession = await startSession(keepPrinted())
  world = await startSecretWorld(OVERLAY, key)
  const values = Object.assign({}, ...Object.values(planted).map((each) => each.values))
  search = searchFor(needlesOf({ ...world.secrets, ...values }))
})
afterAll(async () => {
  world?.agent.stop()
  await engine?.remove()
})

// alone and first: concurrent calls on an empty engine would each build the module's runtime
describe("uses a first secret", () => {
  test("in a login without a registry", () => logInToNobody(world))
})

describe("uses every other secret", { concurrent: true }, () => {
  test("in a delivery whose tests print theirs", () => deliver(world, delivered, planted.report))
  test("in a failing build whose error contains one", () => failToBuild(world, failed))
  test("in an image build with an SSH agent", () => buildImage(world, image, planted))
  test("in a login in dagger's shell", () => tagInShell(world))
  test("in a signature by Vault", () => signByVault(world))
  test("in a signature by AWS KMS", () => signByAws(world))
  test.each(CLOUDS)("in a signature by a key at %s, and in a refused one", (host) => signByCloud(world, host))
  test("in a signature that Fulcio refuses", () => signWithRefusedToken(world))
  test("in logins to four clouds", () => logInToClouds(world))
  test("in a bump over SSH", () => bumpOverSsh(world))
  test("in a bump that git's server refuses", () => bumpWithRefusedToken(world))
  test("and a marker in an exec's environment and in its layer", async () => {
    const shell = dag.container().from("debian:bookworm-slim").withEnvVariable("PLANTED", planted.environment.text)
    await shell.withExec(["sh", "-c", 'echo "$PLANTED" >/planted']).sync()
  })
})

describe("finds no secret", () => {
  test("in the most verbose output, including errors", () => {
    expect(found(search(Buffer.from(printed.join("\n"))))).toEqual(
      plants("log", "config", "environment", "call", "report"),
    )
  })

  test.each([
    { name: "the reports of a delivery", place: delivered, plants: plants("report") },
    { name: "the reports of a failure", place: failed, plants: [] },
    { name: "an image's layers and configs", place: image, plants: plants("layer", "config", "log") },
  ])("in $name", async ({ place, plants }) => {
    const { files, ...answer } = await searchFolder(place, search)
    expect(files).toBeGreaterThan(1)
    expect(found(answer.found)).toEqual(plants)
  })

  test.skipIf(!CAN_HAVE_OWN)(
    "in anything that the engine keeps: its log, calls, traces, layers, and the rest",
    async () => {
      await endSession()
      const stopped = await engine?.stop()
      if (!stopped) throw new Error("there is no engine to look into")
      const answers = await Promise.all(Object.entries(stopped).map(async ([place, path]) => [place, await look(path)]))
      const places = Object.fromEntries(answers) as Record<string, string[]>
      const secret = Object.entries(places).flatMap(([place, all]) => all.map((one) => `${place}: ${one}`))
      expect(secret.filter((one) => !one.includes("planted in"))).toEqual([])
      expect(places["calls"]).toEqual(expect.arrayContaining(plants("call", "environment")))
      expect(places["traces"]).toEqual(expect.arrayContaining(plants("log")))
      // the cache of a build with secrets and of an exec; an image's config is only in exports
      expect(places["layers"]).toEqual(expect.arrayContaining(plants("layer", "environment")))
    },
  )
})

/** On the engine of all tests. */
async function elsewhere<T>(work: () => Promise<T>): Promise<T> {
  const end = await startSession()
  try {
    return await work()
  } finally {
    await end()
  }
}

async function look(path: string): Promise<string[]> {
  return found((await searchFolder(path, search)).found)
}

/** The findings as text, each once. */
function found(needles: Iterable<Parameters<typeof describeFinding>[0]>): string[] {
  return [...new Set([...needles].map(describeFinding))].sort()
}

function plants(...names: (keyof typeof planted)[]): string[] {
  return names.flatMap((name) => planted[name].found).sort()
}
