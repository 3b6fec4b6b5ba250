import { expect, test } from "vitest"
import { Replica, replicaList } from "../../lib/config/registry-settings.ts"

test("lists replicas in their long form", () => {
  const other = { repository: "other.example/app", plainHttp: true, caCertificate: "ca.pem" }
  expect(replicaList(["mirror.example/app", other])).toEqual([{ repository: "mirror.example/app" }, other])
  expect(replicaList()).toEqual([])
})

test.each([
  { name: "an empty name", replica: " " },
  { name: "a login", replica: { repository: "m.example/a", password: "x" } },
])("refuses $name in a replica", ({ replica }) => expect(Replica.safeParse(replica).success).toBe(false))
