import { expect, test } from "vitest"
import { applyDotenv } from "../../../lib/gitops/edit/dotenv.ts"
import { NEW, OLD, REF } from "./edit-cases.ts"

const edit = (text: string, key: string) => applyDotenv(text, { kind: "env", key, image: { ref: REF } })

test.each([
  {
    name: "a value over two lines is passed over",
    text: 'A="x\ny"\nI=a.b/c:1\n',
    key: "I",
    is: `A="x\ny"\nI=${REF}\n`,
  },
  { name: "blanks around the sign stay", text: "I = a.b/c:1\n", key: "I", is: `I = ${REF}\n` },
  {
    name: "a key that only begins the same is another",
    text: "I_OLD=a\nI=a.b/c:1\n",
    key: "I",
    is: `I_OLD=a\nI=${REF}\n`,
  },
  { name: "a commented line is none", text: "#I=a\nI=a.b/c:1\n", key: "I", is: `#I=a\nI=${REF}\n` },
  {
    name: "a hash is told from its key's neighbours",
    text: `APP_IMAGE=a.b/c\nAPP_SHA=${OLD}\n`,
    key: "APP_SHA",
    is: `APP_IMAGE=a.b/c\nAPP_SHA=${NEW}\n`,
  },
  { name: "a sign within the value is the value's", text: "I=a.b/c:1?x=1\n", key: "I", is: `I=${REF}\n` },
])("$name", ({ text, key, is }) => expect(edit(text, key).text).toBe(is))

test("says what changed, and nothing where nothing did", () => {
  expect(edit("I=a.b/c:1\n", "I").changes).toEqual([{ path: "I", before: "a.b/c:1", after: REF }])
  expect(edit(`I=${REF}\n`, "I").changes).toEqual([])
})
