import { describe, expect, test } from "vitest"
import { digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import { inUseTag, policyFiles, zotPolicy } from "../../lib/retention/policy-files.ts"
import { IN_USE, matchesTag, parseRules } from "../../lib/retention/rules.ts"
import { RegistryKind } from "../../src/enums.ts"

describe("policy files", () => {
  const repository = parseRepository("europe-west1-docker.pkg.dev/acme/images/app")
  const target = { repository, harborProject: 7, manifestsPerImage: 16 }
  const set = parseRules(["v*", "pr-* days=7"], undefined)
  const ref = digestRef(repository, digestOf("deployed"))
  const files = (kind: RegistryKind, inUse?: (typeof ref)[]) => policyFiles(kind, { set, target, inUse })

  test.each([
    { kind: RegistryKind.ECR, key: "rulePriority" },
    { kind: RegistryKind.ARTIFACT_REGISTRY, key: "olderThan" },
    { kind: RegistryKind.HARBOR, key: "tag_selectors" },
    { kind: RegistryKind.ZOT, key: "keepTags" },
  ])("writes a policy for $kind, and a README with its command and limits", ({ kind, key }) => {
    const { "policy.json": policy = "", "README.md": text = "" } = files(kind)
    expect(JSON.parse(policy)).toBeTruthy()
    expect(policy).toContain(`"${key}"`)
    expect(policy).toContain("in-use-")
    expect(text).toContain("- pr-*: 7 days\n")
    expect(text).toContain("The registry does not know which images are deployed.")
    expect(text).toContain("pass --gitops-repo to list the commands here")
  })

  test("lists a command for each deployed image", () => {
    const text = files(RegistryKind.ECR, [ref])["README.md"] ?? ""
    expect(text).toContain(`call registry tag --ref=${ref} --tags=${inUseTag(ref)} …`)
    expect(matchesTag(IN_USE, inUseTag(ref))).toBe(true)
    expect(files(RegistryKind.ECR, [])["README.md"]).toContain("names no image of this repository")
  })
})

describe("zot", () => {
  const target = { repository: parseRepository("zot.acme.example:5000/team/app"), manifestsPerImage: 16 }
  const render = (keep: string[], untagged?: number) => zotPolicy({ ...parseRules(keep, undefined), untagged }, target)

  // https://github.com/project-zot/zot/blob/main/examples/README.md#retention and examples/config-retention.json
  test("keeps by anchored regular expressions in the order of the rules, and then all other tags", () => {
    expect(render(["v* latest", "pr-* days=7", "main-* last=20 days=30"], 14).document).toEqual({
      storage: {
        gc: true,
        retention: {
          dryRun: false,
          delay: "336h",
          policies: [
            {
              repositories: ["team/app"],
              deleteReferrers: true,
              deleteUntagged: true,
              keepTags: [
                { patterns: ["^in-use-.*$"] },
                { patterns: ["^sha256-.*$"] },
                { patterns: ["^v.*$", "^latest$"] },
                { patterns: ["^pr-.*$"], pushedWithin: "168h" },
                { patterns: ["^main-.*$"], mostRecentlyPushedCount: 20, pushedWithin: "720h" },
                { patterns: ["^.*$"] },
              ],
            },
          ],
        },
      },
    })
  })

  test("deletes untagged images only with untagged", () => {
    expect(JSON.stringify(render(["v*"]).document)).toContain('"delay":"24h"')
    expect(JSON.stringify(render(["v*"]).document)).toContain('"deleteUntagged":false')
  })
})
