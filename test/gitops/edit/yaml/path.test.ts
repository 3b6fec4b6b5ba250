import { describe, expect, test } from "vitest"
import { parsePath, pathText } from "../../../../lib/gitops/edit/yaml/path.ts"

const key = (key: string) => ({ by: "key", key })

describe("path", () => {
  test.each([
    { text: "image", steps: [key("image")] },
    { text: "image.tag", steps: [key("image"), key("tag")] },
    { text: "images[0]", steps: [key("images"), { by: "index", index: 0 }] },
    { text: "[1].a", steps: [{ by: "index", index: 1 }, key("a")] },
    { text: "c[name=app].image", steps: [key("c"), { by: "values", values: { name: "app" } }, key("image")] },
    { text: "c[name=app,kind=web]", steps: [key("c"), { by: "values", values: { name: "app", kind: "web" } }] },
    { text: 'a["b.c/d"]', steps: [key("a"), key("b.c/d")] },
    { text: "a['b.c']", steps: [key("a"), key("b.c")] },
    { text: "a.b\\.c", steps: [key("a"), key("b.c")] },
  ])("parses $text", ({ text, steps }) => {
    expect(parsePath(text)).toEqual(steps)
    expect(parsePath(pathText(parsePath(text)))).toEqual(steps)
  })

  test.each(["", ".a", "a..b", "a[", "a[b]", "a]", 'a["b]'])("refuses the path %j", (text) => {
    expect(() => parsePath(text)).toThrow(
      /EDIT_INVALID: expected a path such as image\.tag.*with an error at character/,
    )
  })
})
