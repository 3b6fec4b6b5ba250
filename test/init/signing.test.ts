import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import { parseSettings } from "../../lib/config/settings-file.ts"
import {
  githubWorkflow,
  gitlabInclude,
  gitlabPipeline,
  scheduledPipeline,
  scheduledWorkflow,
} from "../../lib/init/ci-system.ts"
import {
  chooseSigning,
  type Signing,
  scheduleGithub,
  scheduleGitlab,
  signGithub,
  signGitlab,
  signingLines,
} from "../../lib/init/signing.ts"

test.each<{ name: string; flag?: Signing; system: string; remote?: string; is: Signing }>([
  { name: "the flag's", flag: "kms", system: "github", is: "kms" },
  { name: "keyless on GitHub.com", system: "github", remote: "https://github.com/acme/app", is: "keyless" },
  { name: "keyless on GitLab.com", system: "gitlab", remote: "https://gitlab.com/acme/app.git", is: "keyless" },
  { name: "keyless if the remote is unknown", system: "github", is: "keyless" },
  { name: "a key on an Enterprise Server", system: "github", remote: "https://git.acme.example/a/b", is: "key" },
  { name: "a key on another GitLab", system: "gitlab", remote: "https://gitlab.acme.example/a/b", is: "key" },
  { name: "a key without a CI system", system: "none", remote: "https://github.com/acme/app", is: "key" },
])("the way to sign is $name", ({ flag, system, remote, is }) => {
  expect(chooseSigning(flag, { system, ...(remote && { remote }) })).toBe(is)
})

const PUSHED = { GITHUB_TOKEN: "REGISTRY_TOKEN", GITOPS_TOKEN: "GITOPS_TOKEN" }
const KEY = { COSIGN_KEY: "COSIGN_KEY", COSIGN_PASSWORD: "COSIGN_PASSWORD" }
const AWS = {
  AWS_REGION: "AWS_REGION",
  AWS_ACCESS_KEY_ID: "AWS_ACCESS_KEY_ID",
  AWS_SECRET_ACCESS_KEY: "AWS_SECRET_ACCESS_KEY",
}
const WAYS: { signing: Signing; secrets: Record<string, string>; flag: RegExp; token: boolean }[] = [
  {
    signing: "keyless",
    secrets: PUSHED,
    flag: /--request-url=env:ACTIONS\S+ --request-token=env:ACTIONS/,
    token: true,
  },
  { signing: "key", secrets: { ...PUSHED, ...KEY }, flag: /--cosign-key=env:COSIGN_KEY --cosign-p/, token: false },
  { signing: "kms", secrets: { ...PUSHED, ...AWS }, flag: /--kms-credentials=env:AWS_REGION,env:AWS/, token: false },
]

describe.each(WAYS)("the job that signs by $signing", ({ signing, secrets, flag, token }) => {
  test("on GitHub has exactly these secrets, flags and rights", () => {
    const { jobs } = parse(githubWorkflow({ module: "m@1", signing }))
    const { env, run } = jobs.ship.steps.find(({ name }: { name?: string }) => name === "Ship")
    const passed = Object.entries(secrets).map(([secret, name]) => [name, `\${{ secrets.${secret} }}`])
    expect(env).toEqual(Object.fromEntries(passed))
    for (const name of Object.keys(env)) expect(run).toContain(`env:${name}`)
    expect(run).toMatch(flag)
    expect(run).not.toMatch(/\\\n\s*\n|\\$/)
    expect(jobs.ship.permissions["id-token"]).toBe(token ? "write" : undefined)
    expect(jobs.rehearse.permissions).toBeUndefined()
  })

  test("on GitLab has a token or these variables, also in a file to include", () => {
    const text = gitlabPipeline({ module: "m@1", signing })
    const { ship, rehearse } = parse(text)
    expect(ship.id_tokens).toEqual(token ? { SIGSTORE_ID_TOKEN: { aud: "sigstore" } } : undefined)
    expect(rehearse.id_tokens).toBeUndefined()
    const [call] = ship.script
    expect(call).toMatch(token ? /--identity-token=env:SIGSTORE_ID_TOKEN --git-token/ : flag)
    const named = Object.keys(secrets).filter((name) => name !== "GITHUB_TOKEN")
    for (const name of named) expect(text.split("\n").find((line) => line.includes("CI/CD variable"))).toContain(name)
    const included = parse(gitlabInclude({ module: "m@1", signing }, { path: ".gitlab/slipway.yml", stage: "deploy" }))
    expect(included["slipway-ship"]).toEqual(ship)
  })
})

test("a template without the lines to replace is an error, never a job that signs in another way", () => {
  expect(() => signGithub("jobs: {}\n", "key")).toThrow("the template has nothing that matches")
  expect(() => signGitlab("ship: {}\n", "kms")).toThrow("the template has nothing that matches")
})

test.each(["keyless", "key", "kms"] as const)("slipway.yaml has a valid example for %s", (signing) => {
  const lines = signingLines(signing)
  const example = lines.filter((line) => /^# [a-z]/.test(line)).map((line) => line.slice(2))
  expect(parseSettings(`${example.join("\n")}\n`).sign).toBeDefined()
})

test("slipway.yaml says that the public log shows a private repository's names, and what to do instead", () => {
  expect(signingLines("keyless").join("\n")).toMatch(
    /public log shows the names of repository[\s\S]*private repository[\s\S]*--signing=KEY[\s\S]*--signing=KMS[\s\S]*private Sigstore/,
  )
})

describe("the scheduled jobs verify by", () => {
  const job = (signing: Signing) => ({ module: "m@1", signing })
  const both = (signing: Signing) => [scheduledWorkflow(job(signing)), scheduledPipeline(job(signing))]

  test("the identity of the job that ships", () => {
    for (const text of both("keyless")) expect(text).toMatch(/SIGNER: [\s\S]*--identity="\$SIGNER" --issuer=/)
  })

  test("the public key in slipway.yaml, without any secret of the signer", () => {
    for (const text of both("key")) expect(text).not.toMatch(/SIGNER|--identity|COSIGN/)
  })

  test("the key in the KMS, with its credentials", () => {
    for (const text of both("kms")) {
      expect(text).not.toMatch(/SIGNER|--identity/)
      expect(text).toContain("--kms-credentials=env:AWS_REGION,")
    }
    const [{ env, run }] = parse(scheduledWorkflow(job("kms"))).jobs["scan-deployed"].steps.filter(
      ({ name }: { name?: string }) => name === "Scan",
    )
    expect(Object.keys(env)).toEqual(["REGISTRY_TOKEN", ...Object.keys(AWS), "GITOPS_TOKEN"])
    expect(run).not.toMatch(/\\\n\s*\n|\\$/)
  })

  test("nothing else, if the template has changed", () => {
    for (const change of [scheduleGithub, scheduleGitlab])
      expect(() => change("jobs: {}", "key")).toThrow("nothing that matches")
  })
})
