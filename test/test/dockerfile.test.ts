import { expect, test } from "vitest"
import { namedStages } from "../../src/test/dockerfile.ts"

test.each([
  { name: "no stage", text: "FROM golang:1.26\nRUN go test ./...\n", stages: [] },
  {
    name: "a stage that tests while it is built",
    text: 'FROM golang:1.26 AS build\nRUN go build\nfrom build as Test\nRUN go test ./...\nFROM scratch\nCMD ["/app"]\n',
    stages: [
      { name: "build", runsOnStart: false },
      { name: "test", runsOnStart: false },
    ],
  },
  {
    name: "a stage that tests when it is run",
    text: 'FROM --platform=$BUILDPLATFORM node:24 AS test\n  CMD ["npm", "test"]\n',
    stages: [{ name: "test", runsOnStart: true }],
  },
  { name: "a comment", text: "# FROM a AS test\nFROM b\n", stages: [] },
])("finds $name", ({ text, stages }) => {
  expect(namedStages(text)).toEqual(stages)
})
