import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import type { Planted } from "../../leak/planted.ts"
import { readImage } from "../exported-image.ts"
import { verifySshSignature } from "../ssh-agent.ts"
import { call, fileOf, sourceOf, sum } from "./call.ts"
import type { SecretWorld } from "./world.ts"

const SHELL = "debian:bookworm-slim"
const ONE_PLATFORM = "--platforms=linux/amd64"

/**
 * Runs the whole chain with secrets for tests, build, registry, cosign and git. The tests print theirs. Writes its reports to
 * a folder.
 */
export async function deliver(world: SecretWorld, reports: string, planted: Planted): Promise<void> {
  const { host, port, git, key, commitKey } = world
  const run = "RUN --mount=type=secret,id=one cat /run/secrets/one && sha256sum /run/secrets/one"
  const source = sourceOf(`FROM ${SHELL}\n${run}\nUSER 7\n`)
  const tests = `sha256sum $ONE_FILE $TWO_FILE; cat $ONE_FILE $TWO_FILE; echo ${planted.text}`
  writeFileSync(join(source, "slipway.yaml"), `test: { image: "${SHELL}", commands: ["bash -c '${tests}'"] }\n`)
  const called = await call(
    world,
    ...["--registry-config=env:DOCKER_CONFIG_JSON", `--registry-service=tcp://127.0.0.1:${port}`],
    ...[`--ca-certificate=${fileOf(world.authority)}`, `--git-service=tcp://127.0.0.1:${git.port}`],
    ...[`--cosign-key=file:${key.privateKey}`, `--cosign-password=cmd:cat ${fileOf(key.password)}`],
    ...[`--git-signing-key=file:${commitKey.file}`, "--git-signing-password=env:COMMIT_PASSWORD"],
    ...["--git-token=env:GIT_TOKEN"],
    ...["release", `--source=${source}`, ONE_PLATFORM, "--test-secret-names=one,two"],
    ...["--test-secrets=env:TEST_TOKEN", `--test-secrets=file:${fileOf(world.testFile)}`],
    ...["--tags=v1", "--severity=CRITICAL", "--build-secrets=env:BUILD_TOKEN", "--build-secret-ids=one"],
    ...[`--repository=${host}/team/app`, `--set=gitops.repo=${git.url("git.test")}`],
    ...["--set=gitops.path=prod", "--set=gitops.imageName=app", "reports", "export", `--path=${reports}`],
  )
  expect(called.code, called.error).toBe(0)
  const record = readFileSync(join(reports, "release.json"), "utf8")
  expect(JSON.parse(record), record).toMatchObject({ ok: true })
  expect(called.stderr).toContain(`${sum(world.buildToken)}  /run/secrets/one`)
  const tested = readFileSync(join(reports, "tests", "custom", "output.log"), "utf8")
  expect(tested).toContain(`${sum(world.testToken)}  /run/secrets/one\n${sum(world.testFile)}  /run/secrets/two\n`)
  expect(git.git("show", "main:prod/kustomization.yaml")).toContain("digest: sha256:")
  commitKey.verify("main", git.git)
}

/** Runs a step that prints its secret and fails; its output is in the error and the reports. */
export async function failToBuild(world: SecretWorld, reports: string): Promise<void> {
  const run = "RUN --mount=type=secret,id=two cat /run/secrets/two && sha256sum /run/secrets/two && false"
  const called = await call(
    world,
    ...["release", `--source=${sourceOf(`FROM ${SHELL}\n${run}\n`)}`, ONE_PLATFORM, "--set=test=false"],
    ...[
      `--build-secrets=file:${fileOf(world.buildFile)}`,
      "--build-secret-ids=two",
      "reports",
      "export",
      `--path=${reports}`,
    ],
  )
  expect(called.code, called.error).toBe(0)
  expect(readFileSync(join(reports, "release.json"), "utf8")).toContain('"ok": false')
  expect(called.stderr).toContain(`${sum(world.buildFile)}  /run/secrets/two`)
}

export type ImagePlants = Record<"layer" | "config" | "log" | "call", Planted>

/** Builds with secrets from a variable, a file and a command, and with an SSH agent. Writes the image to a folder. */
export async function buildImage(world: SecretWorld, layout: string, planted: ImagePlants): Promise<void> {
  const { buildToken, buildFile, buildCommand, agent } = world
  const ids = ["one", "two", "three"]
  const mounts = ids.map((id) => `--mount=type=secret,id=${id}`).join(" ")
  const dockerfile = `FROM ${SHELL}
LABEL planted="${planted.config.text}"
RUN ${mounts} sha256sum ${ids.map((id) => `/run/secrets/${id}`).join(" ")} > /sums
RUN --mount=type=ssh ssh-add -L > /agent && echo hello | ssh-keygen -q -Y sign -f /agent -n slipway > /signature
RUN echo ${planted.log.text}
COPY planted /planted
`
  const source = sourceOf(dockerfile)
  writeFileSync(join(source, "planted"), planted.layer.text)
  const secrets = ["env:BUILD_TOKEN", `file:${fileOf(buildFile)}`, `cmd:cat ${fileOf(buildCommand)}`]
  const called = await call(
    world,
    ...["build-multi-arch", `--source=${source}`, ONE_PLATFORM, `--ssh=${agent.socket}`],
    ...secrets.map((secret) => `--secrets=${secret}`),
    ...[`--secret-ids=${ids}`, `--build-args=PLANTED=${planted.call.text}`, "export", `--path=${layout}`],
  )
  expect(called.code, called.error).toBe(0)
  const image = readImage(layout).platforms["linux/amd64"]
  const text = (path: string) => image?.file(path).toString() ?? ""
  const sums = [buildToken, buildFile, buildCommand].map((secret, n) => `${sum(secret)}  /run/secrets/${ids[n]}\n`)
  expect(text("sums")).toBe(sums.join(""))
  expect(text("agent").trim()).toBe(agent.publicKey)
  expect(verifySshSignature("hello\n", text("signature"), agent)).toContain("Good")
}
