import assert from "node:assert/strict"
import { after, test } from "node:test"
import pg from "pg"
import { openOrders } from "./orders.js"

const database = new pg.Pool({ connectionString: process.env.DATABASE_URL })
after(() => database.end())

test("an order is written and read back", async () => {
  const orders = await openOrders(database)
  const { id } = await orders.add("tea")
  assert.deepEqual((await orders.all()).at(-1), { id, item: "tea" })
})
