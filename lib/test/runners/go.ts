import { CACHE_DIR, firstText, nearestText, type Project, REPORT_DIR, type Recipe, type Runner } from "./runner.ts"

/** https://go.dev/ref/mod */
export const GO: Runner = {
  name: "go",
  looksFor: "go.mod or go.work",
  reads: ["go.mod", "go.work", "go.sum", "go.work.sum"],
  plan,
}

function plan(project: Project): Recipe | undefined {
  const work = project.text["go.work"]
  const own = firstText(project, "go.work", "go.mod")
  if (own === undefined) return undefined
  // go uses a workspace in a parent folder, and requires its version too
  const versions = [own, nearestText(project, "go.work") ?? ""].join("\n")
  const packages = work === undefined ? "./..." : workspacePackages(work)
  return {
    image: `golang:${goVersion(versions)}`,
    // go test would run vet again, with fewer analyzers
    commands: [`go vet ${packages}`, `go test -vet=off -json -coverprofile=${REPORT_DIR}/coverage.out ${packages}`],
    env: { GOMODCACHE: `${CACHE_DIR}/mod`, GOCACHE: `${CACHE_DIR}/build` },
    lockFiles: ["go.work.sum", "go.sum", "go.mod"],
    dialect: "go-events",
  }
}

/** The minor release that the module requires by its `go` or `toolchain` line, whichever is higher; default the newest. */
export function goVersion(text: string): string {
  const minors = [...text.matchAll(/^(?:go\s+|toolchain\s+go)1\.(\d+)/gm)].map(([, minor]) => Number(minor))
  return minors.length ? `1.${Math.max(...minors)}` : "1"
}

/** The packages of each module, because "./..." matches none at the root of a workspace. */
export function workspacePackages(goWork: string): string {
  const block = [...goWork.matchAll(/^use\s*\(([^)]*)\)/gm)].flatMap(([, lines = ""]) => lines.split("\n"))
  const single = [...goWork.matchAll(/^use\s+([^(\s]+)/gm)].map(([, path = ""]) => path)
  const paths = [...block, ...single].map((line) =>
    line
      .replace(/\/\/.*/, "")
      .trim()
      .replace(/^"|"$/g, ""),
  )
  return paths
    .filter(Boolean)
    .map((path) => `${path.replace(/^(?!\.)/, "./").replace(/\/$/, "")}/...`)
    .join(" ")
}
