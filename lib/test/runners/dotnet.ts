import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import { CACHE_DIR, nearestText, type Project, REPORT_DIR, type Recipe, type Runner } from "./runner.ts"

const DEFAULT_VERSION = "10.0"
const PROJECT_FILE = /\.(?:slnx?|[cf]sproj|vbproj)$/

const GlobalJson = z.object({ sdk: z.object({ version: z.string().optional() }).optional() })

/** https://learn.microsoft.com/dotnet/core/tools/dotnet-test */
export const DOTNET: Runner = {
  name: "dotnet",
  looksFor: "a solution (.sln, .slnx) or project (.csproj, .fsproj, .vbproj)",
  finds: (entries) => (entries.some((name) => PROJECT_FILE.test(name)) ? ["**/*.*proj"] : []),
  readsFound: /\.(?:[cf]s|vb)proj$/,
  reads: ["global.json", "packages.lock.json", "Directory.Packages.props", "Directory.Build.props"],
  plan,
}

function plan(project: Project): Recipe | undefined {
  if (!project.entries.some((name) => PROJECT_FILE.test(name))) return undefined
  const { sdk, several } = frameworks(project)
  return {
    image: `mcr.microsoft.com/dotnet/sdk:${sdk}`,
    commands: [`dotnet test --logger trx --results-directory ${REPORT_DIR}`],
    env: {
      NUGET_PACKAGES: `${CACHE_DIR}/packages`,
      DOTNET_CLI_TELEMETRY_OPTOUT: "1",
      DOTNET_NOLOGO: "1",
      // The image has one runtime, which must also run projects for earlier frameworks.
      ...(several && { DOTNET_ROLL_FORWARD: "Major" }),
    },
    lockFiles: ["packages.lock.json", "Directory.Packages.props"],
    exclude: ["**/bin", "**/obj"],
  }
}

/** The pinned SDK, or that of the highest target framework: an SDK includes only the runtime of its version. */
function frameworks(project: Project): { sdk: string; several: boolean } {
  const [, pinned] = sdkVersion(nearestText(project, "global.json") ?? "").match(/^(\d+\.\d+)/) ?? []
  const found = [...new Set(projectTexts(project).flatMap(targets))].sort((a, b) => Number(a) - Number(b))
  const sdk = pinned ?? found.at(-1) ?? DEFAULT_VERSION
  return { sdk, several: found.some((version) => version !== sdk) }
}

/** The project files, or else the nearest Directory.Build.props, which applies to all projects below its folder. */
function projectTexts(project: Project): string[] {
  const files = new Set([...project.entries, ...(project.below ?? [])])
  const own = [...files].filter((path) => /\.(?:[cf]s|vb)proj$/.test(path)).map((path) => project.text[path] ?? "")
  const common = nearestText(project, "Directory.Build.props") ?? ""
  return own.some((text) => targets(text).length) ? own : [...own, common]
}

/** The versions of net8.0 and net8.0-windows; never of netstandard2.0 or net48, which have no runtime in the SDK. */
function targets(text: string): string[] {
  const xml = text.replace(/<!--[\s\S]*?-->/g, "")
  const lists = [...xml.matchAll(/<TargetFrameworks?(?:\s[^>]*)?>([^<]*)</gi)].map(([, list = ""]) => list)
  return lists.flatMap((list) =>
    [...list.matchAll(/(?:^|;)\s*net(?:coreapp)?(\d+\.\d+)/g)].map(([, version = ""]) => version),
  )
}

function sdkVersion(globalJson: string): string {
  return GlobalJson.safeParse(parseJson(globalJson)).data?.sdk?.version ?? ""
}
