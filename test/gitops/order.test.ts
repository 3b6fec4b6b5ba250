import { expect, test } from "vitest"
import { keepsPlace, type OrderedBump } from "../../lib/gitops/order.ts"
import { type ImageSource, standingOf } from "../../lib/publish/tag-state.ts"

/** A release: its commit, when that was made, and when it was built again on newer bases. */
type Case = { revision?: string; order?: number; refresh?: number; kind?: OrderedBump["kind"] }

const a = { revision: "a", order: 10 }
const b = { revision: "b", order: 20 }
const sameSecond = { revision: "c", order: 10 }

/** The order of releases, one rule a row: `there` is in the place, and `ours` comes. */
const ROWS: { name: string; there: Case; ours: Case; keeps: boolean }[] = [
  { name: "an older commit, a newer one comes", there: a, ours: b, keeps: false },
  { name: "a newer commit, an older one comes", there: b, ours: a, keeps: true },
  { name: "a release, another build of its commit comes", there: a, ours: a, keeps: false },
  { name: "a release, another commit of the same second comes", there: a, ours: sameSecond, keeps: false },
  { name: "a release, its refresh comes", there: a, ours: { ...a, refresh: 30 }, keeps: false },
  { name: "a refresh, an ordinary run of its commit comes", there: { ...a, refresh: 30 }, ours: a, keeps: true },
  { name: "a refresh, a later one comes", there: { ...a, refresh: 30 }, ours: { ...a, refresh: 31 }, keeps: false },
  {
    name: "a refresh, one of the same second comes",
    there: { ...a, refresh: 30 },
    ours: { ...a, refresh: 30 },
    keeps: false,
  },
  { name: "a refresh of an older commit, a newer one comes", there: { ...a, refresh: 30 }, ours: b, keeps: false },
  { name: "a newer commit, the refresh of an older one comes", there: b, ours: { ...a, refresh: 30 }, keeps: true },
  {
    name: "a refresh of a newer commit, that of an older one comes",
    there: { ...b, refresh: 30 },
    ours: { ...a, refresh: 40 },
    keeps: true,
  },
  {
    name: "a refresh of an older commit, that of a newer one comes",
    there: { ...a, refresh: 40 },
    ours: { ...b, refresh: 30 },
    keeps: false,
  },
]

/** Rows of which tags know nothing: they have no rollbacks and no promotions, and do not know when a refresh began. */
const BUMP_ROWS: typeof ROWS = [
  { name: "a refresh, an earlier one comes", there: { ...a, refresh: 31 }, ours: { ...a, refresh: 30 }, keeps: true },
  {
    name: "a release, the refresh of another commit of the same second comes",
    there: a,
    ours: { ...sameSecond, refresh: 30 },
    keeps: true,
  },
  {
    name: "a refresh, another commit of the same second comes",
    there: { ...a, refresh: 30 },
    ours: sameSecond,
    keeps: false,
  },
  { name: "a rollback, the commit that it took back comes", there: { ...a, kind: "rollback" }, ours: a, keeps: true },
  {
    name: "a rollback, a refresh of the commit that it took back comes",
    there: { ...a, kind: "rollback" },
    ours: { ...a, refresh: 30 },
    keeps: true,
  },
  {
    name: "a rollback of a refresh, a later refresh comes",
    there: { ...a, refresh: 30, kind: "rollback" },
    ours: { ...a, refresh: 40 },
    keeps: true,
  },
  { name: "a rollback, a newer commit comes", there: { ...a, kind: "rollback" }, ours: b, keeps: false },
  {
    name: "a rollback, a refresh of a newer commit comes",
    there: { ...a, kind: "rollback" },
    ours: { ...b, refresh: 30 },
    keeps: false,
  },
  {
    name: "a rollback, a refresh of an older commit comes",
    there: { ...b, kind: "rollback" },
    ours: { ...a, refresh: 30 },
    keeps: true,
  },
  {
    name: "a refresh, its rollback comes",
    there: { ...a, refresh: 30 },
    ours: { ...a, kind: "rollback" },
    keeps: false,
  },
  {
    name: "a rollback, another rollback comes",
    there: { ...a, kind: "rollback" },
    ours: { ...a, kind: "rollback" },
    keeps: false,
  },
  { name: "a newer commit, a rollback of an older one comes", there: b, ours: { ...a, kind: "rollback" }, keeps: true },
  {
    name: "a refresh, a promotion of the first release comes",
    there: { ...a, refresh: 30 },
    ours: { ...a, kind: "promotion" },
    keeps: true,
  },
  {
    name: "a release, a promotion of its refresh comes",
    there: a,
    ours: { ...a, refresh: 30, kind: "promotion" },
    keeps: false,
  },
  { name: "a bump without an order, a refresh comes", there: {}, ours: { ...a, refresh: 30 }, keeps: false },
  { name: "a refresh, a bump without an order comes", there: { ...a, refresh: 30 }, ours: {}, keeps: false },
  {
    name: "a release of an unnamed commit, a refresh comes",
    there: { order: 10 },
    ours: { ...a, refresh: 30 },
    keeps: false,
  },
]

const bumpOf = ({ kind = "bump", ...source }: Case): OrderedBump => ({ kind, source })
const imageOf = ({ refresh, kind: _, ...source }: Case): ImageSource => ({
  ...source,
  ...(refresh !== undefined && { bases: `id-${refresh}` }),
})

test.each([...ROWS, ...BUMP_ROWS])("in the GitOps repository is $name: it stays $keeps", ({ there, ours, keeps }) => {
  expect(keepsPlace(bumpOf(there), bumpOf(ours))).toBe(keeps)
})

test.each(ROWS)("at a floating tag is $name: it stays $keeps", ({ there, ours, keeps }) => {
  expect(standingOf(imageOf(there), imageOf(ours))).toBe(keeps ? "newer" : "older")
})

test("the order of releases has a row for each of at least 20 rules", () => {
  expect(ROWS.length + BUMP_ROWS.length).toBeGreaterThanOrEqual(20)
})
