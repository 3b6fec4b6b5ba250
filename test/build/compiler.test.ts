import { expect, test } from "vitest"
import { compilerIn } from "../../lib/build/compiler.ts"

test.each([
  ["golang:1.26", [], "golang:1.26"],
  ["docker.io/library/rust:1", [], "docker.io/library/rust:1"],
  ["mcr.microsoft.com/dotnet/sdk:9.0", [], "mcr.microsoft.com/dotnet/sdk:9.0"],
  ["eclipse-temurin:21-jdk-alpine", [], "eclipse-temurin:21-jdk-alpine"],
  ["debian:12", ["apt-get update && apt-get install -y gcc make"], "gcc"],
  ["alpine:3.22", ["apk add --no-cache build-base"], "build-base"],
  ["alpine:3.22", ["apk add build-base && make && apk del build-base"], undefined],
  ["eclipse-temurin:21-jre", [], undefined],
  ["node:24", ["npm ci"], undefined],
  ["acme/golang-service:1", [], undefined],
])("%s with %j leaves %s", (base, runs, compiler) => {
  expect(compilerIn(base, runs)).toBe(compiler)
})
