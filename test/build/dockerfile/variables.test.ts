import { expect, test } from "vitest"
import { expand } from "../../../src/build/dockerfile/variables.ts"

test.each([
  ["golang:$V", "golang:1.26"],
  ["golang:${V}-alpine", "golang:1.26-alpine"],
  ["${REG:-docker.io/library}/golang", "docker.io/library/golang"],
  ["${EMPTY:-x}${EMPTY-y}", "x"],
  ["${NONE-y}", "y"],
  ["${V:+set}${EMPTY:+set}${EMPTY+set}", "setset"],
  ["${NONE:-${V}}", "1.26"],
  ["$NONE.", "."],
  ["\\$V", "\\$V"],
  ["$$V", "$1.26"],
])("%s becomes %s", (text, expanded) => {
  expect(expand(text, { V: "1.26", EMPTY: "" })).toBe(expanded)
})
