import { expect, test } from "vitest"
import { entryFault, leadsOut } from "../../../lib/cache/program/entries.ts"

const entry = { path: "a/b", kind: "file", mode: 0, uid: 0, gid: 0, time: 0n, size: 0 } as const

test.each([
  { name: "a file in a folder of the archive", path: "a/b" },
  { name: "a file in the root", path: "b" },
  { name: "a name with dots", path: "a/..b" },
])("accepts $name", ({ path }) => {
  expect(entryFault({ ...entry, path }, new Set(["a"]))).toBeUndefined()
})

test.each([
  { name: "no path", path: "" },
  { name: "an absolute path", path: "/a/b" },
  { name: "a path that leads up", path: "a/../../b" },
  { name: "an empty part", path: "a//b" },
  { name: "a dot", path: "a/./b" },
  { name: "a path with NUL", path: "a/b\0c" },
  { name: "a parent that is no folder of the archive", path: "link/b" },
])("refuses $name", ({ path }) => {
  expect(entryFault({ ...entry, path }, new Set(["a"]))).toBeTypeOf("string")
})

test.each([
  { target: "c", out: false },
  { target: "../c", out: false },
  { target: "../../c", out: true },
  { target: "..", out: false },
  { target: "../..", out: true },
  { target: "/c", out: true },
  { target: "", out: true },
])("a link at a/b to $target leads out: $out", ({ target, out }) => {
  expect(leadsOut("a/b", target)).toBe(out)
})
