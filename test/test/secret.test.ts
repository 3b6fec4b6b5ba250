import { expect, test } from "vitest"
import { chooseSecrets, pairNames } from "../../lib/test/secret.ts"

test("pairs names and secrets by position", () => {
  expect(pairNames({ names: ["a-b", "C.d"], secrets: [1, 2] })).toEqual([
    { name: "a-b", secret: 1 },
    { name: "C.d", secret: 2 },
  ])
  expect(pairNames({ names: [], secrets: [] })).toEqual([])
})

test.each([
  { name: "a missing name", names: [], values: [1], got: "names: none; secrets: 1" },
  { name: "a missing secret", names: ["a", "b"], values: [1], got: "names: a, b; secrets: 1" },
  { name: "a name twice", names: ["a", "a"], values: [1, 2], got: '"a"' },
  { name: "a path", names: ["../a"], values: [1], got: '"../a"' },
  { name: "an empty name", names: [""], values: [1], got: '""' },
])("refuses $name", ({ names, values, got }) => {
  expect(() => pairNames({ names, secrets: values })).toThrow(/^OPTIONS_INVALID: .* --secret-names=/)
  expect(() => pairNames({ names, secrets: values })).toThrow(got)
})

test("names ship's flags for ship", () => {
  expect(() => pairNames({ names: [], secrets: [1] }, "test-")).toThrow(/as many --test-secret-names as --test-secrets/)
})

test("selects the secrets in the settings, or all without a list", () => {
  const given = [{ name: "a" }, { name: "b" }]
  const flag = "--secret-names"
  expect(chooseSecrets(given, { flag })).toEqual(given)
  expect(chooseSecrets(given, { names: ["b"], flag })).toEqual([{ name: "b" }])
  expect(chooseSecrets(given, { names: [], flag })).toEqual([])
  expect(() => chooseSecrets(given, { names: ["c"], flag })).toThrow(
    'OPTIONS_INVALID: expected --secret-names with "c", which test.secrets lists, got a, b.',
  )
})
