import assert from "node:assert/strict"
import { test } from "node:test"
import { answer } from "./routes.js"

test("the items are listed", () => assert.deepEqual(JSON.parse(answer("/items").body), ["tea", "milk"]))
test("anything else is not here", () => assert.equal(answer("/x").status, 404))
