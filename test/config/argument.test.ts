import { describe, expect, test } from "vitest"
import { LABEL, nearest, parseAssignments, parseObjectName } from "../../lib/config/argument.ts"

describe("assignment", () => {
  test.each([
    { name: "nothing", lines: [], read: {} },
    { name: "several", lines: ["A=1", "B=2"], read: { A: "1", B: "2" } },
    { name: "an empty value", lines: ["A="], read: { A: "" } },
    { name: "a value with = and lines", lines: ["A=b=c\nd"], read: { A: "b=c\nd" } },
    {
      name: "a label's name",
      lines: ["org.opencontainers.image.version=1.2"],
      read: { "org.opencontainers.image.version": "1.2" },
    },
  ])("reads $name", ({ lines, read }) => {
    expect(parseAssignments(lines, "build arg")).toEqual(read)
  })

  const how = "Write --build-args=NAME=value; the value may be empty, but the name and the = are required."

  test.each([
    { name: "the rest of a split value", lines: ["A=1", "FEATURES=a", "b"], comma: true },
    { name: "the first line", lines: ["b", "A=1"], comma: false },
    { name: "an invalid name", lines: ["A=1", "MY TOKEN=x"], comma: false },
  ])("explains commas for $name: $comma", ({ lines, comma }) => {
    const refused = String(
      (() => {
        try {
          return parseAssignments(lines, "build arg")
        } catch (error) {
          return error
        }
      })(),
    )
    expect(refused).toContain("OPTIONS_INVALID")
    expect(refused.includes("Put a value with a comma")).toBe(comma)
  })

  test.each([
    { name: "a name alone", lines: ["VERSION"], got: '"VERSION"' },
    { name: "no name", lines: ["=x"], got: '"=…"' },
    {
      name: "a name with a space, without the value, which may be a secret",
      lines: ["MY TOKEN=ghp_x"],
      got: '"MY TOKEN=…"',
    },
    { name: "the same name twice", lines: ["A=1", "A=2"], got: "A twice" },
  ])("refuses $name", ({ lines, got }) => {
    expect(() => parseAssignments(lines, "build arg")).toThrow(
      `OPTIONS_INVALID: expected each build arg once, as NAME=value, got ${got}. ${how}`,
    )
  })
})

describe("object name", () => {
  test.each(["a", "registry-login", "hello.v2", "0", "a".repeat(63)])("accepts %j", (name) => {
    expect(parseObjectName(name, "a name")).toBe(name)
  })

  test.each(["", "A", "-a", "a-", "a..b", "a/b", "a\n", "a_b", "a".repeat(64), Array(64).fill("abcd").join(".")])(
    "refuses %j",
    (name) => {
      expect(() => parseObjectName(name, "the Secret's name")).toThrow(
        /^OPTIONS_INVALID: expected the Secret's name as a Kubernetes object name/,
      )
    },
  )

  test("a label, such as a namespace, has no dots", () => {
    expect("shop.v2").not.toMatch(new RegExp(`^${LABEL}$`))
  })
})

describe("nearest", () => {
  test.each([
    ["expires_at", "expired_at"],
    ["Owner", "owner"],
    ["statment", "statement"],
    ["xyz", undefined],
    ["", undefined],
  ])("suggests for %s: %s", (word, meant) => {
    expect(nearest(word, ["id", "owner", "statement", "expired_at"])).toBe(meant)
  })
})
