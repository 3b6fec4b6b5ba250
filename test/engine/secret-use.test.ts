import { type Container, dag } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { readableText } from "../../lib/engine/secret.ts"
import {
  derivedSecret,
  givenArguments,
  MODULE,
  nameArguments,
  noteUse,
  type SecretUse,
  watchSecrets,
  withSecretFile,
  withSecretValue,
} from "../../lib/engine/secret-use.ts"

const secret = (name: string) => dag.setSecret(name, "value")
/** A container that records nothing. */
const tool = { withMountedSecret: () => tool, withSecretVariable: () => tool } as unknown as Container

async function usesOf(stage: string, work: () => unknown): Promise<SecretUse[]> {
  const uses: SecretUse[] = []
  await watchSecrets({ stage, uses }, async () => await work())
  return uses
}

describe("the arguments of a call", () => {
  test("are named as the command line names them, lists included, and only secrets", () => {
    const values = {
      gitToken: secret("a"),
      buildSecrets: [secret("b"), secret("c")],
      repository: "r",
      other: undefined,
    }
    expect(givenArguments(values)).toEqual(["--git-token", "--build-secrets"])
  })
})

describe("a use of a secret", () => {
  const gitToken = secret("git")
  nameArguments({ gitToken })

  test("has the argument, the receiver and the stage", async () => {
    const file = await usesOf("gitops", () =>
      withSecretFile({ path: "/s", secret: gitToken, to: "git@sha256:1" })(tool),
    )
    expect(file).toEqual([{ argument: "--git-token", to: "git@sha256:1", stage: "gitops" }])
    const value = await usesOf("open", () => withSecretValue("TOKEN", { secret: gitToken, to: "git" })(tool))
    expect(value).toEqual([{ argument: "--git-token", to: "git", stage: "open" }])
  })

  test("counts once, however often the tool runs", async () => {
    const twice = () => [1, 2].forEach(() => void noteUse(gitToken, "git"))
    expect(await usesOf("open", twice)).toHaveLength(1)
  })

  test("in this process is one too, also if the secret cannot be read", async () => {
    const unreadable = Object.assign(secret("unreadable"), { plaintext: () => Promise.reject(new Error("none")) })
    nameArguments({ kubeconfig: unreadable })
    const reading = () => readableText(unreadable, "--kubeconfig").catch(() => {})
    expect(await usesOf("sync", reading)).toEqual([{ argument: "--kubeconfig", to: MODULE, stage: "sync" }])
  })

  test("of a secret that was made from others counts for each of them", async () => {
    const registryConfig = secret("config")
    nameArguments({ registryConfig })
    const both = derivedSecret("both", "login", [gitToken, registryConfig, undefined])
    const uses = await usesOf("publish", () => noteUse(both, "crane"))
    expect(uses.map(({ argument }) => argument)).toEqual(["--git-token", "--registry-config"])
  })

  test("of a secret of this process alone does not count, and neither does one outside of a run", async () => {
    expect(await usesOf("open", () => noteUse(secret("throw away"), "cosign"))).toEqual([])
    expect(() => noteUse(gitToken, "git")).not.toThrow()
  })

  test("belongs to its stage among stages that run side by side", async () => {
    const uses: SecretUse[] = []
    const stage = (name: string, pause: number) =>
      watchSecrets({ stage: name, uses }, async () => {
        await new Promise((resolve) => setTimeout(resolve, pause))
        noteUse(gitToken, name)
      })
    await Promise.all([stage("slow", 10), stage("fast", 1)])
    expect(uses.map(({ stage, to }) => `${stage} ${to}`)).toEqual(["fast fast", "slow slow"])
  })
})
