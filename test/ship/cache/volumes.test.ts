import { expect, test } from "vitest"
import { ownerOf } from "../../../lib/ship/cache/volumes.ts"

const PASSWD = "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1001::/home/node:/bin/sh\n"

test.each([
  { name: "a user with its own group", user: "node", owner: "1000:1001" },
  { name: "a user with a group by number", user: "node:7", owner: "1000:7" },
  { name: "root by name", user: "root", owner: "0:0" },
  { name: "a group by name, which is not resolved", user: "node:staff", owner: undefined },
  { name: "an unknown user", user: "gradle", owner: undefined },
])("resolves $name", ({ user, owner }) => {
  expect(ownerOf(user, PASSWD)).toBe(owner)
})
