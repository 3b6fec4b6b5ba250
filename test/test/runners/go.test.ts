import { expect, test } from "vitest"
import { GO, goVersion, workspacePackages } from "../../../lib/test/runners/go.ts"
import { projectOf } from "../project-of.ts"

test.each([
  { name: "a minor release", text: "module a\n\ngo 1.21\n", version: "1.21" },
  { name: "a patch release, at its newest patch", text: "go 1.22.3\n", version: "1.22" },
  { name: "a newer toolchain", text: "go 1.21\ntoolchain go1.23.1\n", version: "1.23" },
  { name: "no version", text: "module a\n", version: "1" },
  { name: "a dependency that looks like one", text: "go 1.20\nrequire (\n\tgo 1.99\n)\n", version: "1.20" },
])("reads the Go version for $name", ({ text, version }) => {
  expect(goVersion(text)).toBe(version)
})

test("vets, then tests with coverage, in the image of the module's release", () => {
  expect(GO.plan(projectOf({ "go.mod": "module a\ngo 1.26\n", "go.sum": "" }))).toMatchObject({
    image: "golang:1.26",
    commands: ["go vet ./...", "go test -vet=off -json -coverprofile=/slipway/report/coverage.out ./..."],
    lockFiles: ["go.work.sum", "go.sum", "go.mod"],
  })
})

test("tests each module of a workspace", () => {
  const work = 'go 1.24\n\nuse (\n\t./api // the server\n\t"./cmd/tool"\n)\nuse ./lib/\n'
  expect(workspacePackages(work)).toBe("./api/... ./cmd/tool/... ./lib/...")
  expect(GO.plan(projectOf({ "go.work": work }))).toMatchObject({
    image: "golang:1.24",
    commands: ["go vet ./api/... ./cmd/tool/... ./lib/...", expect.stringContaining("./lib/...")],
  })
})

test("skips a project without go.mod", () => {
  expect(GO.plan(projectOf({ "main.go": "package main" }))).toBeUndefined()
})
