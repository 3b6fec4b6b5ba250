import type { File, Secret } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import type { ServiceSettings } from "../../../lib/config/services.ts"
import {
  type BumpFlags,
  mergeBump,
  mergeCommit,
  mergeHistory,
  mergePlace,
  mergePromotion,
  mergeRegistry,
  mergeRollback,
  mergeSigning,
  stepRegistry,
  stepSigner,
  stepSigning,
} from "../../../lib/ship/options/delivery-options.ts"

const [secret, file] = [{}, {}] as [Secret, File]
const ref = `ghcr.io/acme/app@sha256:${"0a".repeat(32)}`

test.each([
  { name: "the default is TLS", flag: undefined, setting: undefined, result: false },
  { name: "the setting applies without an argument", flag: undefined, setting: true, result: true },
  { name: "a false argument overrides the setting", flag: false, setting: true, result: false },
  { name: "a true argument overrides the setting", flag: true, setting: false, result: true },
])("plain HTTP to the registry: $name", ({ flag, setting, result }) => {
  const registry = setting === undefined ? {} : { plainHttp: setting }
  expect(mergeRegistry({ ...(flag !== undefined && { plainHttp: flag }) }, { registry }).plainHttp).toBe(result)
})

test("a given certificate overrides that of the settings", () => {
  const own = { own: true } as unknown as File
  expect(mergeRegistry({}, {}, { caCertificate: own }).caCertificate).toBe(own)
  expect(mergeRegistry({ caCertificate: file }, {}, { caCertificate: own }).caCertificate).toBe(file)
})

test("a step signs with the settings' KMS key only if no other signer is given", () => {
  const sign = { kmsKey: "awskms:///alias/ship", identity: "me" }
  expect(mergeSigning({}, { sign })).toEqual({ kmsKey: "awskms:///alias/ship" })
  expect(mergeSigning({ key: secret }, { sign })).toEqual({ key: secret })
  expect(mergeSigning({ identityToken: secret }, { sign })).toEqual({ identityToken: secret, identity: "me" })
})

describe("bump-gitops follows the argument, else the setting, else the default", () => {
  const gitops: ServiceSettings["gitops"] = {
    ...{ repo: "https://g/d", path: "prod", branch: "live", imageName: "app", edits: ["helm:image"], tag: "{semver}" },
    ...{ kustomizeOptions: ["--enable-helm"], message: "m", authorName: "a", authorEmail: "a@b", signOff: true },
    ...{ timeout: 9, forge: "gitlab" },
  }
  const NO_FLAGS: BumpFlags = { ref, repo: "r", path: "prod", proposal: {} }
  test.each<{ name: keyof BumpFlags; flag: Partial<BumpFlags>; preset: unknown; filed: unknown; given: unknown }>([
    { name: "image", flag: { image: "i" }, preset: "ghcr.io/acme/app", filed: "app", given: "i" },
    { name: "branch", flag: { branch: "b" }, preset: "main", filed: "live", given: "b" },
    { name: "edits", flag: { edits: ["json:image"] }, preset: [], filed: ["helm:image"], given: ["json:image"] },
    {
      name: "kustomizeOptions",
      flag: { kustomizeOptions: ["-x"] },
      preset: [],
      filed: ["--enable-helm"],
      given: ["-x"],
    },
    { name: "message", flag: { message: "n" }, preset: undefined, filed: "m", given: "n" },
    { name: "authorName", flag: { authorName: "b" }, preset: undefined, filed: "a", given: "b" },
    { name: "authorEmail", flag: { authorEmail: "b@b" }, preset: undefined, filed: "a@b", given: "b@b" },
    { name: "signOff", flag: { signOff: false }, preset: undefined, filed: true, given: false },
    { name: "timeout", flag: { timeout: 1 }, preset: undefined, filed: 9, given: 1 },
    { name: "tag", flag: { tag: "v1" }, preset: undefined, filed: undefined, given: "v1" },
  ])("for $name", ({ name, flag, preset, filed, given }) => {
    const option = (flags: BumpFlags, settings: ServiceSettings) =>
      (mergeBump(flags, settings).options as Record<string, unknown>)[name]
    expect(option(NO_FLAGS, {})).toEqual(preset)
    expect(option(NO_FLAGS, { gitops })).toEqual(filed)
    expect(option({ ...NO_FLAGS, ...flag }, { gitops })).toEqual(given)
  })

  test("for repository, path and forge", () => {
    const { repo, options, proposal } = mergeBump({ ref, proposal: {} }, { gitops })
    expect({ repo, path: options.path, forge: proposal.forge }).toEqual({
      repo: "https://g/d",
      path: "prod",
      forge: "gitlab",
    })
    const own = mergeBump({ ...NO_FLAGS, path: "p", proposal: { forge: "gitea" } }, { gitops })
    expect([own.repo, own.options.path, own.proposal.forge]).toEqual(["r", "p", "gitea"])
  })

  test("but not their edits for another path than theirs, which would edit the files that they name", () => {
    const edits = ["helm:image", "staging/app.yaml#argocd-helm:image"]
    const settings = { gitops: { ...gitops, edits } }
    const place = (path?: string) => mergePlace({ image: "app", ...(path && { path }) }, settings).options
    expect(place()).toMatchObject({ path: "prod", edits })
    expect(place("prod")).toMatchObject({ path: "prod", edits })
    expect(place("staging")).toMatchObject({ path: "staging", edits: [] })
  })

  test.each([
    {
      name: "a repository",
      flags: { path: "p" },
      error: "expected --repo, or gitops.repo in the --settings file",
    },
    {
      name: "a path",
      flags: { repo: "r" },
      error: "expected --path, or gitops.path in the --settings file",
    },
  ])("fails without $name", ({ flags, error }) => {
    expect(() => mergeBump({ ref, proposal: {}, ...flags }, {})).toThrow(`OPTIONS_INVALID: ${error}`)
  })
})

test("commit options come from the settings", () => {
  expect(mergeCommit({}, {})).toEqual({})
  expect(mergeCommit({ signOff: false }, { gitops: { repo: "r", path: "p", signOff: true, message: "m" } })).toEqual({
    signOff: false,
    message: "m",
  })
})

describe("a step without a source needs the file if the settings name a path", () => {
  test("for the registry's certificate", () => {
    const settings = { registry: { caCertificate: "ca.pem", plainHttp: true } }
    expect(() => stepRegistry({}, settings)).toThrow(
      "OPTIONS_INVALID: expected --ca-certificate, because caCertificate in the settings is a path and this function has no source, got none. Pass the file: --ca-certificate=ca.pem",
    )
    expect(stepRegistry({ caCertificate: file }, settings)).toEqual({ caCertificate: file, plainHttp: true })
  })

  test("for a trusted root, to sign with a token and to verify an identity", () => {
    const settings = { sign: { trustedRoot: "root.json", identity: "me", issuer: "https://i" } }
    const names = { identity: "me", issuer: "https://i", trustedRoot: file }
    expect(() => stepSigning({ identityToken: secret }, settings)).toThrow(
      /expected --trusted-root, because trustedRoot/,
    )
    expect(stepSigning({ identityToken: secret, trustedRoot: file }, settings)).toEqual({
      identityToken: secret,
      ...names,
    })
    expect(() => stepSigner({}, {}, settings)).toThrow(/expected --trusted-root, because trustedRoot/)
    expect(stepSigner({ trustedRoot: file }, {}, settings)).toEqual(names)
  })

  test("but not to sign or verify with a key", () => {
    const settings = { sign: { trustedRoot: "root.json", kmsKey: "awskms:///k" } }
    expect(stepSigning({ key: secret }, settings)).toEqual({ key: secret })
    expect(stepSigning({}, settings)).toEqual({ kmsKey: "awskms:///k" })
    expect(stepSigner({}, {}, settings)).toMatchObject({ kmsKey: "awskms:///k" })
  })
})

describe("a signature with a token is by the CI job, unless another name is given", () => {
  const workflow = "acme/app/.github/workflows/ship.yml@refs/heads/main"
  const ci = [`GITHUB_WORKFLOW_REF=${workflow}`]
  const issuer = "https://token.actions.githubusercontent.com"
  const token = { identityToken: secret }
  test.each<{ name: string; given?: object; sign?: object; signer: object }>([
    { name: "its workflow", signer: { identity: `https://github.com/${workflow}`, issuer } },
    { name: "the settings' identity", sign: { identity: "me" }, signer: { identity: "me", issuer } },
    {
      name: "the argument's issuer",
      given: { issuer: "https://i" },
      sign: { issuer: "https://j" },
      signer: { issuer: "https://i" },
    },
  ])("$name", ({ given = {}, sign = {}, signer }) => {
    expect(stepSigning({ ...token, ...given }, { sign }, ci)).toMatchObject(signer)
  })

  test("but no key is, and no verification", () => {
    expect(stepSigning({ key: secret }, {}, ci)).toEqual({ key: secret })
    expect(stepSigning({ kmsKey: "awskms:///k" }, {}, ci)).toEqual({ kmsKey: "awskms:///k" })
    expect(stepSigner({}, {}, {})).toEqual({})
  })
})

describe("a verification accepts the signer of the settings", () => {
  const sign = { identity: "me", issuer: "https://i", rekorUrl: "https://r" }
  test.each<{ name: string; given?: object; flags?: object; file?: object; signer: object }>([
    { name: "by identity", signer: sign },
    { name: "by its KMS key", file: { kmsKey: "awskms:///k" }, signer: { kmsKey: "awskms:///k" } },
    { name: "unless another identity is given", given: { identity: "you" }, signer: { ...sign, identity: "you" } },
    { name: "unless another KMS key is given", given: { kmsKey: "gcpkms://k" }, signer: { kmsKey: "gcpkms://k" } },
    { name: "unless a public key is given", flags: { publicKey: file }, signer: { publicKey: file } },
    {
      name: "unless an identity is given, even with a KMS key in the settings",
      given: { identity: "you", issuer: "https://j" },
      file: { kmsKey: "awskms:///k" },
      signer: { identity: "you", issuer: "https://j" },
    },
    {
      name: "with a pattern instead of its identity",
      flags: { identityPattern: "^m" },
      signer: { identityPattern: "^m", issuer: "https://i", rekorUrl: "https://r" },
    },
  ])("$name", ({ given = {}, flags = {}, file = sign, signer }) => {
    expect(stepSigner(given, flags, { sign: file })).toEqual(signer)
  })
})

describe("a promotion and a rollback follow the settings", () => {
  const gitops = {
    ...{ repo: "https://g/d", path: "prod", imageName: "web", branch: "live", edits: ["helm:image"], tag: "{sha}" },
    ...{ message: "Bump {image}", authorName: "a", signOff: true, timeout: 9, pullRequest: { autoMerge: true } },
  }
  const commit = { image: "web", branch: "live", authorName: "a", signOff: true, timeout: 9 }
  const places = { from: { path: "staging", edits: [] }, to: { path: "prod", edits: [] } }

  test("but not the path, edits, tag and message of a bump, which are no promotion's", () => {
    const { repo, options, proposal } = mergePromotion({ ...places, proposal: {} }, { gitops })
    expect({ repo, options }).toEqual({ repo: "https://g/d", options: { ...commit, ...places, kustomizeOptions: [] } })
    expect(proposal).toMatchObject({ pullRequest: true, autoMerge: true })
  })

  test("with the bump's path and edits, and without its tag and message, in a rollback", () => {
    const { options } = mergeRollback({ proposal: {} }, { gitops })
    const place = { path: "prod", edits: ["helm:image"], kustomizeOptions: [] }
    expect(options).toEqual({ ...commit, ...place, to: "previous" })
  })

  test("unless an argument is given", () => {
    const own = {
      ...{ image: "api", branch: "b", authorName: "n", signOff: false, timeout: 1 },
      message: "m",
      tag: "v1",
    }
    expect(mergeRollback({ ...own, to: "abc", proposal: {} }, { gitops }).options).toMatchObject({ ...own, to: "abc" })
    expect(mergePromotion({ ...own, ...places, proposal: {} }, { gitops }).options).toMatchObject(own)
  })

  test("with the repository as the image's name if they give none, as ship names it", () => {
    const { imageName: _, ...rest } = gitops
    const settings = { repository: "ghcr.io/acme/hello", gitops: rest }
    expect(mergeRollback({ proposal: {} }, settings).options.image).toBe("ghcr.io/acme/hello")
    expect(mergePromotion({ ...places, proposal: {} }, settings).options.image).toBe("ghcr.io/acme/hello")
  })

  test("but not a repository that is only the prefix of several services", () => {
    const { imageName: _, ...rest } = gitops
    const settings = { repository: "ghcr.io/acme", services: { api: {} }, gitops: rest }
    expect(() => mergeRollback({ proposal: {} }, settings)).toThrow("OPTIONS_INVALID: expected --image-name")
  })
})

describe("a history of deployments", () => {
  const gitops = { repo: "https://git.example/deploy", path: "prod", branch: "live", timeout: 60, imageName: "web" }

  test("reads every environment of the settings' branch", () => {
    const { repo, options } = mergeHistory({ days: 90 }, { gitops })
    expect({ repo, options }).toEqual({ repo: gitops.repo, options: { branches: ["live"], days: 90, timeout: 60 } })
  })

  test("reads what the arguments name", () => {
    const given = { branches: ["eu", "us"], days: 0, path: "eu", image: "api", timeout: 5 }
    expect(mergeHistory({ repo: "https://git.example/x", ...given }, { gitops }).options).toEqual(given)
  })

  test.each([-1, 1.5, Number.NaN])("refuses %d days", (days) => {
    expect(() => mergeHistory({ days }, { gitops })).toThrow(
      `OPTIONS_INVALID: expected --days to be a number of days, or 0 for the whole history, got ${days}. Omit it`,
    )
  })
})
