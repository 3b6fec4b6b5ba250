import { expect, test } from "vitest"
import { databaseVolumes, ownerOf } from "../../../lib/ship/cache/volumes.ts"
import { Scanner } from "../../../src/enums.ts"

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

const NOW = new Date("2026-06-08T23:59:59Z")
const scan = (more: object = {}) => ({
  ...{ scanner: Scanner.TRIVY, dbRepositories: [] },
  ...{ databases: { [Scanner.TRIVY]: undefined, [Scanner.GRYPE]: undefined }, ...more },
})
const [trivy] = databaseVolumes(scan(), NOW)

test("carries the scanner's database in the volume that its scans read, locked as a download locks it", () => {
  expect(trivy).toMatchObject({
    ...{
      kind: "scan",
      name: "trivy database",
      volume: "/slipway-trivy",
      sharing: "SHARED",
      lock: "slipway-trivy-lock",
    },
  })
})

test.each([
  { name: "the next day", more: {}, now: new Date("2026-06-09T00:00:00Z"), family: true },
  { name: "another mirror", more: { dbRepositories: ["mirror.example/trivy-db:2"] }, now: NOW, family: false },
  { name: "Grype", more: { scanner: Scanner.GRYPE }, now: NOW, family: false },
])("$name has another archive", ({ more, now, family }) => {
  const [other] = databaseVolumes(scan(more), now)
  expect(other?.key).not.toBe(trivy?.key)
  expect(other?.family === trivy?.family, "the newest of the former days serves").toBe(family)
})

test("carries no database that the caller gives", () => {
  expect(databaseVolumes(scan({ databases: { [Scanner.TRIVY]: {} } }), NOW)).toEqual([])
})
