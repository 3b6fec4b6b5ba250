import { describe, expect, test } from "vitest"
import { MORE_SHAPES, rehearse } from "./init-shapes.ts"
import { useEngine } from "./session.ts"

useEngine()

describe("the files of init give a successful rehearsal for", () => {
  test.each(MORE_SHAPES)("$name", async (shape) => {
    const { record, tested } = await rehearse(shape)
    expect(record).toMatchObject({ ok: true })
    expect(tested).toEqual(shape.tested)
  })
})
