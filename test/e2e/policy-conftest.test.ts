import { dag, ReturnType } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { stringify } from "yaml"
import { policyFiles } from "../../lib/policy/policy-files.ts"
import { useEngine } from "./session.ts"

// runs the policy in Conftest; test/engine/up --with=conftest serves its image without a network
const CONFTEST_IMAGE = "docker.io/openpolicyagent/conftest:v0.69.0"
useEngine()

const digest = `sha256:${"0a".repeat(32)}`
const pinned = `ghcr.io/acme/app@${digest}`
const pod = (spec: object) => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "app" }, spec })
const run = (image: string) => ({ containers: [{ name: "app", image }] })
const template = (image: string) => ({ template: { metadata: {}, spec: run(image) } })

/** Each manifest with the images that Conftest must deny; empty if it must admit it. */
const MANIFESTS: Record<string, { manifest: object; denied: string[] }> = {
  pinned: { manifest: pod(run(pinned)), denied: [] },
  "tag-and-digest": { manifest: pod(run(`ghcr.io/acme/app:v1@${digest}`)), denied: [] },
  "no-image": { manifest: { apiVersion: "v1", kind: "Service", metadata: { name: "app" }, spec: {} }, denied: [] },
  tag: { manifest: pod(run("ghcr.io/acme/app:v1")), denied: ["ghcr.io/acme/app:v1"] },
  untagged: { manifest: pod(run("ghcr.io/acme/app")), denied: ["ghcr.io/acme/app"] },
  "short-digest": { manifest: pod(run(pinned.slice(0, -1))), denied: [pinned.slice(0, -1)] },
  "other-repository": { manifest: pod(run(`ghcr.io/evil/app@${digest}`)), denied: [`ghcr.io/evil/app@${digest}`] },
  "name-that-begins-alike": {
    manifest: pod(run(`ghcr.io/acme/app-evil@${digest}`)),
    denied: [`ghcr.io/acme/app-evil@${digest}`],
  },
  deployment: {
    manifest: { apiVersion: "apps/v1", kind: "Deployment", spec: template("ghcr.io/acme/app:v1") },
    denied: ["ghcr.io/acme/app:v1"],
  },
  "cron-job": {
    manifest: { apiVersion: "batch/v1", kind: "CronJob", spec: { jobTemplate: { spec: template("nginx") } } },
    denied: ["nginx"],
  },
  "side-car-and-start": {
    manifest: pod({ ...run(pinned), initContainers: [{ name: "start", image: "busybox:1" }] }),
    denied: ["busybox:1"],
  },
  "debug-container": {
    manifest: pod({ ...run(pinned), ephemeralContainers: [{ name: "debug", image: "busybox" }] }),
    denied: ["busybox"],
  },
  "image-volume": {
    manifest: pod({ ...run(pinned), volumes: [{ name: "data", image: { reference: "ghcr.io/acme/app:data" } }] }),
    denied: ["ghcr.io/acme/app:data"],
  },
}

type Answer = { filename: string; successes: number; failures?: { msg: string }[] }
let answers: Answer[]
let exitCode: number
beforeAll(async () => {
  const { "conftest/images.rego": policy = "" } = policyFiles({
    repository: "ghcr.io/acme/app",
    signer: { kind: "key", publicKey: "" },
    formats: { bundle: true, legacy: false },
  })
  const manifests = Object.entries(MANIFESTS).reduce(
    (directory, [name, { manifest }]) => directory.withNewFile(`${name}.yaml`, stringify(manifest)),
    dag.directory(),
  )
  const judged = dag
    .container()
    .from(CONFTEST_IMAGE)
    .withDirectory("/project/policy", dag.directory().withNewFile("images.rego", policy))
    .withDirectory("/project/manifests", manifests)
    .withWorkdir("/project")
    .withExec(["/conftest", "test", "--policy", "policy", "--output", "json", "manifests"], { expect: ReturnType.Any })
  exitCode = await judged.exitCode()
  answers = JSON.parse(await judged.stdout())
})

describe("Conftest", () => {
  test.each(Object.entries(MANIFESTS))("%s", (name, { denied }) => {
    const answer = answers.find(({ filename }) => filename.endsWith(`/${name}.yaml`))
    expect(answer?.successes).toBe(denied.length ? 1 : 2)
    const messages = answer?.failures?.map(({ msg }) => msg) ?? []
    expect(messages.map((message) => message.slice(0, message.indexOf(": expected ")))).toEqual(denied)
  })

  test("fails with messages that show the expected reference", () => {
    expect(exitCode).toBe(1)
    const messages = answers.flatMap(({ failures = [] }) => failures.map(({ msg }) => msg))
    expect(messages).toContain("nginx: expected an image of ghcr.io/acme/app, the signed repository")
    expect(messages).toContain(
      "ghcr.io/acme/app:v1: expected ghcr.io/acme/app@sha256:<64 hex digits>; a tag can move after the signature",
    )
  })
})
