import { expect, test } from "vitest"
import { findRecipe } from "../../lib/build/recipe.ts"
import { parseRequest } from "../../lib/build/request.ts"
import { shipsWords } from "../../lib/ship/ships-words.ts"
import { stubDirectory } from "../stub-directory.ts"

type Where = { dockerfile?: string; context?: string }
const find = (files: Record<string, string>, options: Where = {}) =>
  findRecipe(stubDirectory(files), parseRequest(options))
const MONOREPO = { "README.md": "", "web/Dockerfile": "FROM web\n", "services/api/Dockerfile": "FROM api\n" }

test("without a Dockerfile at the root and without settings, names the Dockerfiles below and init", async () => {
  const error =
    "DOCKERFILE_NOT_FOUND: expected a Dockerfile at Dockerfile in ., or a slipway.yaml that says what to build, " +
    "got Dockerfiles at web/Dockerfile, services/api/Dockerfile. Run init: it writes a slipway.yaml for these Dockerfiles. "
  await expect(find(MONOREPO)).rejects.toThrow(error)
})

test("advises in ship's words what ship has", async () => {
  const message = await find(MONOREPO).then(String, ({ message }: Error) => shipsWords(message))
  expect(message).toMatch(
    /Or name one with build\.dockerfile, and its folder with build\.context\. Nothing was built\.$/,
  )
})

test.each<{ name: string; files: Record<string, string>; options: Where; got: string }>([
  { name: "with settings", files: { ...MONOREPO, "slipway.yaml": "" }, options: {}, got: "README.md, web/, services/" },
  { name: "with another name asked for", files: MONOREPO, options: { dockerfile: "app.Dockerfile" }, got: "README.md" },
  { name: "with a folder asked for", files: MONOREPO, options: { context: "services" }, got: "api/" },
  { name: "without any", files: { "README.md": "", "examples/a/Dockerfile": "" }, options: {}, got: "README.md" },
])("lists what there is instead of a Dockerfile: $name", async ({ files, options, got }) => {
  const { dockerfile = "Dockerfile", context = "." } = options
  await expect(find(files, options)).rejects.toThrow(
    `DOCKERFILE_NOT_FOUND: expected a Dockerfile at ${dockerfile} in ${context}, got ${got}`,
  )
})

test.each([
  { name: "in the context", options: { context: "web" }, text: "FROM web\n" },
  { name: "in the source", options: { context: "web", dockerfile: "services/api/Dockerfile" }, text: "FROM api\n" },
])("reads the Dockerfile $name", async ({ options, text }) => {
  expect((await find(MONOREPO, options)).text).toBe(text)
})
