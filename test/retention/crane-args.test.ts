import { expect, test } from "vitest"
import { configArgs, deleteArgs, digestArgs, listTagsArgs, manifestArgs } from "../../lib/retention/crane-args.ts"

test.each([
  { args: listTagsArgs, words: ["ls"] },
  { args: digestArgs, words: ["digest"] },
  { args: manifestArgs, words: ["manifest"] },
  { args: configArgs, words: ["config"] },
  { args: deleteArgs, words: ["delete"] },
])("crane $words, over plain HTTP only where that is said", ({ args, words }) => {
  expect(args("registry.test/app", { plainHttp: false })).toEqual([...words, "registry.test/app"])
  expect(args("registry.test/app", { plainHttp: true })).toEqual([...words, "--insecure", "registry.test/app"])
})
