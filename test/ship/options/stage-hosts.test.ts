import { describe, expect, test } from "vitest"
import { parseRepository } from "../../../lib/oci/reference.ts"
import type { ShipOptions } from "../../../lib/ship/context.ts"
import { stageHosts } from "../../../lib/ship/options/stage-hosts.ts"

const scan = { scanner: "TRIVY", databases: {}, dbRepositories: [] }
const stages = { tests: { image: "golang:1.26", services: ["db=postgres:17", "q=quay.io/q/q:1 port=1"] }, scan }
const bump = { repo: "https://git.example/acme/deploy", path: "prod", image: "app" }
const destination = { kind: "delivery", repository: parseRepository("ghcr.io/acme/app"), bump }
const delivery = {
  key: { kind: "keyPair" },
  proposal: {},
  replicas: [{ repository: parseRepository("quay.io/acme/app") }],
}
const hostsOf = (options: object) =>
  stageHosts({ ...stages, destination, delivery, ...options } as unknown as ShipOptions)
const key = (own: object) => ({ delivery: { ...delivery, key: own } })

describe("the hosts that options name", () => {
  test("are those of tests and scanner in a rehearsal, and no other", () => {
    expect(hostsOf({ destination: { kind: "rehearsal" } })).toEqual({
      test: ["docker.io", "docker.io", "quay.io"],
      scan: ["mirror.gcr.io", "ghcr.io"],
    })
  })

  test("are registry, git server, replicas and cluster in a delivery", () => {
    const sync = { api: { server: "https://k8s.example:6443" } }
    expect(hostsOf({ sync })).toMatchObject({
      ...{ open: ["ghcr.io", "git.example"], publish: ["ghcr.io"], sign: ["ghcr.io"], gitops: ["git.example"] },
      ...{ replicate: ["ghcr.io", "quay.io"], sync: ["k8s.example:6443", "git.example"], deployment: [] },
    })
    expect(hostsOf({ sync: { api: { kubeconfig: {} } } })["sync"]).toContain("the server in --kubeconfig")
  })

  test.each([
    { name: "no test", options: { tests: "skip" }, stage: "test", hosts: [] },
    { name: "a given database", options: { scan: { ...scan, databases: { TRIVY: {} } } }, stage: "scan", hosts: [] },
    {
      name: "mirrors of the database",
      options: { scan: { ...scan, dbRepositories: ["registry.example/trivy-db:2"] } },
      ...{ stage: "scan", hosts: ["registry.example"] },
    },
    {
      name: "the public Sigstore",
      options: key({ kind: "keyless", services: {} }),
      ...{ stage: "sign", hosts: ["ghcr.io", "fulcio.sigstore.dev", "rekor.sigstore.dev"] },
    },
    {
      name: "a private Sigstore",
      options: key({ kind: "keyless", services: { fulcioUrl: "https://fulcio.example" } }),
      ...{ stage: "attest", hosts: ["ghcr.io", "fulcio.example"] },
    },
    {
      name: "a signing config",
      options: key({ kind: "keyless", services: { signingConfig: {} } }),
      ...{ stage: "sign", hosts: ["ghcr.io", "those in --signing-config"] },
    },
    {
      name: "a KMS",
      options: key({ kind: "kms", uri: "awskms:///alias/a" }),
      stage: "sign",
      hosts: ["ghcr.io", "awskms"],
    },
    {
      name: "the API of a forge",
      options: { delivery: { ...delivery, proposal: { endpoint: "https://api.git.example/v1" } } },
      ...{ stage: "gitops", hosts: ["git.example", "api.git.example"] },
    },
    {
      name: "deployments",
      options: { deployments: { access: { place: { endpoint: "https://api.github.com" } } } },
      ...{ stage: "deployment", hosts: ["api.github.com"] },
    },
    { name: "no bump", options: { destination: { ...destination, bump: undefined } }, stage: "gitops", hosts: [] },
  ])("with $name, in $stage", ({ options, stage, hosts }) => expect(hostsOf(options)[stage]).toEqual(hosts))
})
