/** What has been ordered, in PostgreSQL. */
export async function openOrders(database) {
  await database.query("CREATE TABLE IF NOT EXISTS orders (id serial PRIMARY KEY, item text NOT NULL)")
  return {
    async add(item) {
      const { rows } = await database.query("INSERT INTO orders (item) VALUES ($1) RETURNING id, item", [item])
      return rows[0]
    },
    async all() {
      return (await database.query("SELECT id, item FROM orders ORDER BY id")).rows
    },
  }
}
