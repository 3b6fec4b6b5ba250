import type { File, Secret } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import type { BuildOptions } from "../../lib/build/docker-build.ts"
import type { PlatformManifest } from "../../lib/oci/layout.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { buildFacts, imageTypes, startConversions } from "../../lib/ship/attestation.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { Scanner } from "../../src/enums.ts"

describe("attestation", () => {
  const { spdxjson, cyclonedx, vuln } = PREDICATE_TYPES

  test.each([
    { scanner: Scanner.TRIVY, types: [spdxjson, cyclonedx, vuln] },
    { scanner: Scanner.GRYPE, types: [cyclonedx, vuln] },
  ])("an image that $scanner scanned has the attestations that $scanner writes", ({ scanner, types }) => {
    expect(imageTypes(scanner)).toEqual(types)
  })

  test("the reports that are attested are converted ahead, and a failure is left to the stage that reads them", async () => {
    const begun: string[] = []
    const report = (name: string) => {
      const sync = async () => {
        begun.push(name)
        if (name.startsWith("vuln")) throw new Error("no space left on device")
      }
      return [name, { sync } as unknown as File]
    }
    const names = ["vuln.cosign.json", "sbom.spdx.json", "sbom.cyclonedx.json", "report.sarif"]
    const platform = { platform: "linux/amd64", digest: digestOf(""), report: {} as File }
    startConversions({ files: [{ ...platform, formats: Object.fromEntries(names.map(report)) }] })
    await new Promise((resolve) => setTimeout(resolve))
    expect(begun).toEqual(["vuln.cosign.json", "sbom.spdx.json", "sbom.cyclonedx.json"])
  })
})

describe("build facts", () => {
  const digest = digestOf("")
  const manifests = [{ platform: "linux/amd64", digest, size: 3 }] as PlatformManifest[]
  const revision = { commit: "f00d", time: 1, tags: [], dirty: true, url: "https://git.example.com/app" }
  const built = {
    content: { digest, size: 1, manifests },
    sizes: new Map<string, number>(),
    warnings: [],
    bases: [{ name: "golang:1.26", digest }],
    revision,
  }
  const tools = { trivy: "t", cosign: "c", crane: "r", kustomize: "k", registry: "g" }
  const stages = [{ name: "build", startedAt: "2026-11-01T00:00:00.000Z", seconds: 1.5, status: "done" as const }]

  function facts(options: BuildOptions = {}, from: Partial<typeof built> = {}) {
    return buildFacts({ built: { ...built, ...from }, options, tools, stages })
  }

  describe("the facts of a build", () => {
    test("are those of its run", () => {
      expect(facts()).toEqual({
        builderId: "urn:slipway:builder:unattended",
        parameters: {},
        source: { url: "https://git.example.com/app", commit: "f00d", dirty: true },
        baseImages: [{ name: "golang:1.26", digest }],
        tools: Object.entries(tools).map(([name, image]) => ({ name, image })),
        platforms: [{ platform: "linux/amd64", digest }],
        startedAt: new Date("2026-11-01T00:00:00.000Z"),
        finishedAt: new Date("2026-11-01T00:00:01.500Z"),
      })
    })

    test("name the CI job as the builder if there is one", () => {
      const ci = {
        system: "github" as const,
        builderId: "https://github.com/acme/app",
        url: "https://github.com/run/1",
      }
      expect(buildFacts({ built, options: {}, tools, stages, ci })).toMatchObject({
        builderId: "https://github.com/acme/app",
        invocationId: "https://github.com/run/1",
      })
    })

    test("name no source without a git checkout", () => {
      expect(facts({}, { revision: undefined }).source).toEqual({})
    })

    test.each<{ name: string; options: BuildOptions; parameters: object }>([
      {
        name: "the chosen options",
        options: { target: "app", platforms: ["linux/amd64"] },
        parameters: { target: "app", platforms: ["linux/amd64"] },
      },
      { name: "an option that is false", options: { reproducible: false }, parameters: { reproducible: false } },
      { name: "no empty list", options: { buildArgs: [], labels: ["a=b"] }, parameters: { labels: ["a=b"] } },
      {
        name: "a secret's id, and never the secret",
        options: { secrets: [{} as Secret], secretIds: ["token"] },
        parameters: { secretIds: ["token"] },
      },
      { name: "no tool image", options: { nodeImage: "node:24", gitImage: "git:1" }, parameters: {} },
    ])("have among the parameters $name", ({ options, parameters }) => {
      expect(facts(options).parameters).toEqual(parameters)
    })
  })
})
