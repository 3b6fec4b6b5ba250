import { expect, test } from "vitest"
import { DOTNET } from "../../../lib/test/runners/dotnet.ts"
import { projectOf } from "../project-of.ts"

test.each([
  { name: "the newest SDK", files: { "app.sln": "" }, image: "mcr.microsoft.com/dotnet/sdk:10.0" },
  {
    name: "the SDK that global.json pins",
    files: { "app.slnx": "", "global.json": '{"sdk":{"version":"8.0.404"}}' },
    image: "mcr.microsoft.com/dotnet/sdk:8.0",
  },
  {
    name: "the newest SDK when global.json cannot be read",
    files: { "app.fsproj": "", "global.json": "{" },
    image: "mcr.microsoft.com/dotnet/sdk:10.0",
  },
  {
    name: "the SDK of the common target framework",
    files: { "app.csproj": "", "Directory.Build.props": "<TargetFramework>net9.0</TargetFramework>" },
    image: "mcr.microsoft.com/dotnet/sdk:9.0",
  },
  {
    name: "the SDK of a target framework with a condition, not of one that is commented out",
    files: {
      "app.csproj": `<!-- <TargetFramework>net9.0</TargetFramework> -->
<TargetFramework Condition="'$(TargetFramework)' == ''">net8.0</TargetFramework>`,
    },
    image: "mcr.microsoft.com/dotnet/sdk:8.0",
  },
  {
    name: "the SDK of several target frameworks with a condition",
    files: { "app.csproj": '<TargetFrameworks\n  Condition="true">net8.0;net9.0</TargetFrameworks>' },
    image: "mcr.microsoft.com/dotnet/sdk:9.0",
  },
])("uses $name", ({ files, image }) => {
  expect(DOTNET.plan(projectOf(files))).toMatchObject({
    image,
    commands: ["dotnet test --logger trx --results-directory /slipway/report"],
  })
})

test("skips a project without solution or project file", () => {
  expect(DOTNET.plan(projectOf({ "global.json": "{}" }))).toBeUndefined()
})
