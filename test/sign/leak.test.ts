import { expect, test } from "vitest"
import { leaks } from "../e2e/leak.ts"

const password = "correct-horse-battery"
const key = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\nAgEGCCqGSM49AwEHBG0w\n-----END PRIVATE KEY-----\n"
const find = (text: string) => leaks(text, { password, key })

test.each([
  { name: "as it is", text: `login with ${password}!`, found: ["password"] },
  { name: "in base64", text: Buffer.from(password).toString("base64"), found: ["password"] },
  {
    name: "in base64 behind a user",
    text: Buffer.from(`robot:${password}`).toString("base64"),
    found: ["password"],
  },
  { name: "in base64 behind another", text: Buffer.from(`bot:${password}`).toString("base64"), found: ["password"] },
  { name: "in hex", text: Buffer.from(password).toString("hex"), found: ["password"] },
  { name: "as one line of a key", text: "got AgEGCCqGSM49AwEHBG0w here", found: ["key"] },
  { name: "as a key in JSON", text: JSON.stringify({ key }), found: ["key"] },
  { name: "both", text: `${password} ${key}`, found: ["password", "key"] },
  { name: "nowhere", text: "-----BEGIN PRIVATE KEY----- *** correct horse", found: [] },
])("a leak is found $name", ({ text, found }) => expect(find(text)).toEqual(found))
