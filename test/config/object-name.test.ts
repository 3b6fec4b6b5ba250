import { expect, test } from "vitest"
import { LABEL, parseObjectName } from "../../lib/config/object-name.ts"

test.each(["a", "registry-login", "hello.v2", "0", "a".repeat(63)])("takes %j", (name) => {
  expect(parseObjectName(name, "a name")).toBe(name)
})

test.each(["", "A", "-a", "a-", "a..b", "a/b", "a\n", "a_b", "a".repeat(64), Array(64).fill("abcd").join(".")])(
  "refuses %j",
  (name) => {
    expect(() => parseObjectName(name, "the Secret's name")).toThrow(
      /^OPTIONS_INVALID: expected the Secret's name as Kubernetes names objects/,
    )
  },
)

test("a label has no dots, as a namespace has none", () => {
  expect("shop.v2").not.toMatch(new RegExp(`^${LABEL}$`))
})
