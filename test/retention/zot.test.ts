import { expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/reference.ts"
import { parseRules } from "../../lib/retention/rules.ts"
import { zotPolicy } from "../../lib/retention/zot.ts"

const target = { repository: parseRepository("zot.acme.example:5000/team/app"), manifestsPerImage: 16 }
const render = (keep: string[], untagged?: number) => zotPolicy({ ...parseRules(keep, undefined), untagged }, target)

// https://github.com/project-zot/zot/blob/main/examples/README.md#retention and examples/config-retention.json, key by key
test("keeps by regular expressions, whole tags only, in the rules' order and then all the rest", () => {
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

test("leaves what has no tag unless it is asked to", () => {
  expect(JSON.stringify(render(["v*"]).document)).toContain('"delay":"24h"')
  expect(JSON.stringify(render(["v*"]).document)).toContain('"deleteUntagged":false')
})
