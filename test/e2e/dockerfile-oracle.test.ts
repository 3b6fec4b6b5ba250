import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { dag } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { useEngine } from "./session.ts"

useEngine()

const TEST = fileURLToPath(new URL("..", import.meta.url))
const RECORDED = new URL("../fixtures/dockerfiles/buildkit.json", import.meta.url)

// To record: go run . ../fixtures/dockerfiles > ../fixtures/dockerfiles/buildkit.json
test("BuildKit's parser reads each Dockerfile as recorded for the unit tests", async () => {
  const readings = await dag
    .container()
    .from("golang:1.26")
    .withMountedCache("/go/pkg/mod", dag.cacheVolume("slipway-test-oracle-modules"))
    .withMountedCache("/root/.cache/go-build", dag.cacheVolume("slipway-test-oracle-build"))
    .withEnvVariable("CGO_ENABLED", "0")
    .withMountedDirectory("/oracle", dag.host().directory(`${TEST}/dockerfile-oracle`))
    .withMountedDirectory("/dockerfiles", dag.host().directory(`${TEST}/fixtures/dockerfiles`))
    .withWorkdir("/oracle")
    .withExec(["go", "run", "-mod=readonly", "-buildvcs=false", ".", "/dockerfiles"])
    .stdout()
  expect(JSON.parse(readings)).toEqual(JSON.parse(readFileSync(RECORDED, "utf8")))
})
