import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { ageText, databaseFacts, readTrivyVersion, requireFresh } from "../../lib/scan/database.ts"
import { scanner } from "./sample.ts"

const captured = readFileSync(new URL("../fixtures/trivy/version.json", import.meta.url), "utf8")

test("reads Trivy's version and the age of its database", () => {
  expect(readTrivyVersion(captured, new Date("2026-11-25T17:22:16.930Z"))).toMatchObject({
    name: "Trivy",
    version: "0.74.0",
    database: { updatedAt: "2026-11-25T05:22:16.93Z", age: 12 },
  })
})

test("reports no age without a database", () => {
  expect(readTrivyVersion('{"Version":"0.74.0"}', new Date())).not.toHaveProperty("database")
})

test("reports no negative age if the clock is behind", () => {
  expect(databaseFacts("2026-11-25T06:00:00Z", new Date("2026-11-25T05:00:00Z")).age).toBe(0)
})

test.each([
  { name: "any age without a limit", maxAge: 0 },
  { name: "an age at the limit", maxAge: 30 },
])("accepts $name", ({ maxAge }) => {
  expect(() => requireFresh(scanner, maxAge)).not.toThrow()
})

test.each([
  {
    name: "a database older than the limit",
    facts: scanner,
    got: "a database from 2026-11-24T06:00:00Z, 30 hours old",
  },
  { name: "a database without a date", facts: { ...scanner, database: undefined }, got: "a database without a date" },
])("refuses $name", ({ facts, got }) => {
  const message = `DATABASE_OUTDATED: expected Trivy's vulnerability database to be at most 29 hours old, got ${got}. Pass a newer`
  expect(() => requireFresh(facts, 29)).toThrow(message)
})

test.each([
  [0.5, "less than an hour"],
  [47.9, "47 hours"],
  [72, "3 days"],
])("renders %s hours as %s", (hours, text) => {
  expect(ageText(hours)).toBe(text)
})
