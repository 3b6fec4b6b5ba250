import { z } from "zod"
import type { Project } from "./project.ts"
import { CACHE_DIR, REPORT_DIR, type Recipe, type Runner } from "./runner.ts"

const DEFAULT_VERSION = "10.0"
const PROJECT_FILE = /\.(?:slnx?|[cf]sproj|vbproj)$/

const GlobalJson = z.object({ sdk: z.object({ version: z.string().optional() }).optional() })

/** https://learn.microsoft.com/dotnet/core/tools/dotnet-test */
export const DOTNET: Runner = {
  name: "dotnet",
  looksFor: "a solution (.sln, .slnx) or project (.csproj, .fsproj, .vbproj)",
  reads: ["global.json", "packages.lock.json", "Directory.Packages.props", "Directory.Build.props"],
  plan,
}

function plan({ entries, text }: Project): Recipe | undefined {
  if (!entries.some((name) => PROJECT_FILE.test(name))) return undefined
  return {
    image: `mcr.microsoft.com/dotnet/sdk:${dotnetVersion(text)}`,
    commands: [`dotnet test --logger trx --results-directory ${REPORT_DIR}`],
    env: { NUGET_PACKAGES: `${CACHE_DIR}/packages`, DOTNET_CLI_TELEMETRY_OPTOUT: "1", DOTNET_NOLOGO: "1" },
    lockFiles: ["packages.lock.json", "Directory.Packages.props"],
    exclude: ["**/bin", "**/obj"],
  }
}

function dotnetVersion({ "global.json": json = "", "Directory.Build.props": props = "" }: Project["text"]): string {
  const [, pinned] = sdkVersion(json).match(/^(\d+\.\d+)/) ?? []
  return pinned ?? props.match(/<TargetFramework>net(\d+\.\d+)</)?.[1] ?? DEFAULT_VERSION
}

function sdkVersion(globalJson: string): string {
  try {
    return GlobalJson.parse(JSON.parse(globalJson)).sdk?.version ?? ""
  } catch {
    return ""
  }
}
