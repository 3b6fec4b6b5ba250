import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { readHead } from "../../lib/program/elf.ts"

describe("the head of a program", () => {
  test("has the loader of a real one", async () => {
    const head = await readHead(process.execPath)
    expect(head?.kind).toBe("elf")
    expect(readFileSync(head?.interpreter ?? "").length).toBeGreaterThan(0)
  })

  test("is undefined for one that cannot be read", async () => {
    expect(await readHead("/none/at/all")).toBeUndefined()
  })
})
