import { describe, expect, test } from "vitest"
import { planSuite } from "../../lib/test/suite-plan.ts"
import { directoryOf, type Files, rehearse, SHAPES } from "./init-shapes.ts"
import { useEngine } from "./session.ts"

useEngine()

const json = JSON.stringify

// init-more-shapes.test.ts has seven others
describe("the files of init give a successful rehearsal for", () => {
  test.each(SHAPES)("$name", async (shape) => {
    const { record, tested } = await rehearse(shape)
    expect(record).toMatchObject({ ok: true })
    expect(tested).toEqual(shape.tested)
  })
})

describe("the plan of tests whose image is not available here, for", () => {
  const plans: { name: string; files: Files; path: string; plan: object }[] = [
    {
      name: "a workspace of Bun, by its test files alone",
      files: {
        "package.json": json({ workspaces: ["apps/*"] }),
        "bun.lock": "{}",
        "apps/api/package.json": json({ name: "api" }),
        "apps/api/src/sum.test.ts": "",
      },
      path: "apps/api",
      plan: {
        image: "oven/bun:1",
        path: ".",
        commands: [
          "bun install --frozen-lockfile",
          "bun --cwd=apps/api test --reporter=junit --reporter-outfile=/slipway/report/junit.xml",
        ],
      },
    },
    {
      name: ".NET, by the framework of its projects",
      files: { "App.slnx": "", "src/App/App.csproj": "<TargetFramework>net8.0</TargetFramework>" },
      path: ".",
      plan: { image: "mcr.microsoft.com/dotnet/sdk:8.0" },
    },
    {
      name: "a subproject of Gradle",
      files: {
        "settings.gradle": "include 'ads'\n",
        gradlew: "",
        "gradle/wrapper/gradle-wrapper.properties":
          "distributionUrl=https\\://services.gradle.org/distributions/gradle-6.9.1-bin.zip\n",
        "ads/build.gradle": "",
      },
      path: "ads",
      plan: {
        image: "eclipse-temurin:11",
        path: ".",
        commands: ["./gradlew --no-daemon --console=plain :ads:test"],
      },
    },
  ]

  test.each(plans)("$name", async ({ files, path, plan }) => {
    expect(await planSuite(directoryOf(files), { paths: [path] })).toMatchObject([plan])
  })
})
