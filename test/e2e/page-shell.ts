import { execFileSync, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))

export type Printed = { code: number | null; stdout: string; stderr: string }

/** The shell in which a reader follows a page: where it is and what it exports lasts from one block to the next. */
export type PageShell = {
  /** Goes to this checkout, or to a copy of an example with a git history of its own. */
  enter: (folder: string) => void
  run: (commands: string) => Promise<Printed>
  /** Writes a file where the shell is. */
  write: (path: string, text: string) => void
}

export type Home = { env: Record<string, string>; gitconfig: string }

/** Starts one in an empty folder, with a home of its own. `SLIPWAY` is this checkout, whatever a page does before. */
export function openPageShell({ env, gitconfig }: Home): PageShell {
  const base = mkdtempSync(join(tmpdir(), "slipway-page-"))
  const home = join(base, "home")
  const state = join(base, "state")
  let here = join(base, "work")
  for (const folder of [home, here]) mkdirSync(folder)
  writeFileSync(join(home, ".gitconfig"), gitconfig)
  writeFileSync(state, "")
  const environment = { ...process.env, HOME: home, GIT_CONFIG_NOSYSTEM: "1", ...env }
  return {
    enter: (folder) => {
      here = folder === "." ? ROOT : copyOf(folder, join(base, basename(folder)))
    },
    write: (path, text) => writeFileSync(join(here, path), text),
    run: async (commands) => {
      const printed = await bash([`${BEGIN}${commands}${END}`, state, ROOT, here], environment)
      if (printed.code === 0) here = readFileSync(`${state}.folder`, "utf8").trim()
      return printed
    },
  }
}

/** Its first argument is the file with what earlier blocks exported. A command that fails ends it, as a reader would. */
const BEGIN = 'set -euo pipefail\n. "$0"\ncd "$2"\nexport SLIPWAY="$1"\n'
const END = '\nexport -p >"$0"\npwd >"$0.folder"\n'

function copyOf(example: string, folder: string): string {
  execFileSync(join(ROOT, "examples/copy"), [basename(example), folder])
  return folder
}

/** Beside this process, which may serve what the commands ask for. */
function bash(args: string[], env: NodeJS.ProcessEnv): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", ...args], { env, stdio: ["ignore", "pipe", "pipe"] })
    const printed = { stdout: "", stderr: "" }
    child.stdout.on("data", (chunk) => {
      printed.stdout += chunk
    })
    child.stderr.on("data", (chunk) => {
      printed.stderr += chunk
    })
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, ...printed }))
  })
}
