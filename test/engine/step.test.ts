import { expect, test } from "vitest"

const { stepKeys } = await import(new URL("./lib/step.mjs", import.meta.url).href)

const steps = {
  base: { body: "base.sh", set: { DEBIAN: "bookworm" } },
  engine: { body: "engine.sh", reads: ["stand-in"], set: { VERSION: "1" } },
  sdk: { body: "sdk.sh", needs: ["engine", "base"] },
  image: { body: "image.sh", needs: ["base"] },
}
const read = (file: string) => `content of ${file}`

test.each([
  { name: "nothing", to: steps, reader: read, rebuilt: [] },
  {
    name: "a stub",
    to: steps,
    reader: (file: string) => (file === "stand-in" ? "new" : read(file)),
    rebuilt: ["engine", "sdk"],
  },
  {
    name: "a body",
    to: steps,
    reader: (file: string) => (file === "image.sh" ? "new" : read(file)),
    rebuilt: ["image"],
  },
  {
    name: "a version",
    to: { ...steps, engine: { ...steps.engine, set: { VERSION: "2" } } },
    reader: read,
    rebuilt: ["engine", "sdk"],
  },
  {
    name: "the base",
    to: { ...steps, base: { ...steps.base, set: { DEBIAN: "trixie" } } },
    reader: read,
    rebuilt: ["base", "sdk", "image"],
  },
])("a change of $name rebuilds only what depends on it", ({ to, reader, rebuilt }) => {
  const before = stepKeys(steps, read)
  const after = stepKeys(to, reader)
  expect(Object.keys(steps).filter((name) => before.get(name) !== after.get(name))).toEqual(rebuilt)
})
