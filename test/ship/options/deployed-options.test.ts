import { describe, expect, test } from "vitest"
import { parseSettings } from "../../../lib/config/settings-file.ts"
import {
  accessByHost,
  deployedSigner,
  hostInput,
  mergePlaces,
  ownHosts,
} from "../../../lib/ship/options/deployed-options.ts"

const NONE = { gitopsBranches: [], gitopsPaths: [] }
const REPO = "https://git.example/deploy"
const GITOPS = `gitops: { repo: "${REPO}", path: prod, branch: live }\n`

describe("the places of what is deployed", () => {
  test.each([
    { name: "gitops.repo and its branch", text: GITOPS, places: [{ repo: REPO, branches: ["live"], paths: [] }] },
    {
      name: "those of deployed, each with the defaults of gitops",
      text: `${GITOPS}deployed: [{ branches: [a, b], paths: [/clusters/prod/] }, { repo: "https://git.example/other" }]`,
      places: [
        { repo: REPO, branches: ["a", "b"], paths: ["clusters/prod"] },
        { repo: "https://git.example/other", branches: ["live"], paths: [] },
      ],
    },
    {
      name: "the arguments', to which no place of the settings is added",
      text: `${GITOPS}deployed: [{ branches: [a] }]`,
      flags: { gitopsRepo: "https://git.example/x", gitopsBranches: ["c"], gitopsPaths: ["d"] },
      places: [{ repo: "https://git.example/x", branches: ["c"], paths: ["d"] }],
    },
    {
      name: "a path of the argument in the settings' repository",
      text: GITOPS,
      flags: { gitopsBranches: [], gitopsPaths: ["d"] },
      places: [{ repo: REPO, branches: ["live"], paths: ["d"] }],
    },
  ])("are $name", ({ text, flags = NONE, places }) => {
    expect(mergePlaces(flags, parseSettings(text))).toEqual(places)
  })

  test("need a repository", () => {
    expect(() => mergePlaces(NONE, {})).toThrow(
      "OPTIONS_INVALID: expected --gitops-repo, or deployed or gitops.repo in slipway.yaml, got none.",
    )
  })

  test.each(["", "/", "../x", "a/../b"])("refuse the path %j, which would be another place", (path) => {
    expect(() => mergePlaces({ ...NONE, gitopsPaths: [path] }, parseSettings(GITOPS))).toThrow(/^OPTIONS_INVALID: /)
  })
})

describe("the signer whose reports count", () => {
  const file = (name: string) => ({ name }) as never
  const files = { publicKey: file("settings"), trustedRoot: file("root") }
  const named = (given: object, flags: object, sign: object | undefined, its = files) =>
    deployedSigner({ signer: given, verification: flags }, { ...(sign && { sign }) }, its)

  test("is the public key of the settings", () => {
    expect(named({}, {}, { publicKey: "cosign.pub" })).toMatchObject({ publicKey: file("settings") })
  })

  test("is the argument's key before the one of the settings", () => {
    expect(named({}, { publicKey: file("given") }, { publicKey: "cosign.pub" })).toMatchObject({
      publicKey: file("given"),
    })
  })

  test("is an identity of the constructor, and then no key of the settings", () => {
    const signer = named({ identity: "i", issuer: "j" }, {}, { publicKey: "cosign.pub" })
    expect(signer).toMatchObject({ identity: "i", issuer: "j" })
    expect(signer.publicKey).toBeUndefined()
  })

  test("is the identity of the settings, with the trusted root of the source", () => {
    const sign = { identity: "i", issuer: "j", trustedRoot: "root.json" }
    expect(named({}, {}, sign, { trustedRoot: file("root") } as never)).toMatchObject({
      identity: "i",
      trustedRoot: file("root"),
    })
  })

  test("is nobody if nothing names one", () => {
    expect(named({}, {}, undefined, {} as never)).not.toHaveProperty("identity")
  })
})

describe("a login", () => {
  const input = { username: "u", password: {} as never, plainHttp: true, dockerConfig: {} as never }

  test("with user and password reaches the own registry alone, and a config.json every one", () => {
    expect(hostInput(input, true)).toBe(input)
    expect(hostInput(input, false)).toEqual({ dockerConfig: input.dockerConfig })
  })

  test("is for the hosts that the settings publish to", () => {
    const text = "repository: ghcr.io/acme/shop\nservices: { api: {}, web: { repository: quay.io/acme/web } }\n"
    expect([...ownHosts(parseSettings(text))]).toEqual(["ghcr.io", "quay.io"])
  })

  test("without a repository that it is for is refused, because it could reach any host", () => {
    expect(() => accessByHost({ username: "u", password: {} as never }, new Set())).toThrow(
      /^OPTIONS_INVALID: expected repository/,
    )
  })
})
