import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { z } from "zod"
import { assignmentList, Settings } from "../../lib/config/settings.ts"

test("the published schema matches the code", () => {
  const file = new URL("../../lib/config/slipway.schema.json", import.meta.url)
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(z.toJSONSchema(Settings))
})

test.each<{ assignments: Parameters<typeof assignmentList>[0]; list: string[] | undefined }>([
  { assignments: undefined, list: undefined },
  { assignments: {}, list: [] },
  { assignments: { A: "x=y", B: 2, C: false }, list: ["A=x=y", "B=2", "C=false"] },
])("$assignments is $list", ({ assignments, list }) => expect(assignmentList(assignments)).toEqual(list))
