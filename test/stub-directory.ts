import { posix } from "node:path"
import type { Directory, File } from "@dagger.io/dagger"
import { globMatcher } from "../lib/test/runners/runner.ts"

/** A Directory of these files, with the methods that reading needs, for tests without an engine. */
export function stubDirectory(files: Record<string, string>): Directory {
  const paths = Object.keys(files)
  const isFolder = (path: string) => path === "." || paths.some((file) => file.startsWith(`${path}/`))
  const clean = (path: string) => posix.normalize(path).replace(/\/$/, "")
  const stub = {
    entries: async () => [
      ...new Set(paths.map((path) => (path.includes("/") ? `${path.slice(0, path.indexOf("/"))}/` : path))),
    ],
    exists: async (path: string) => isFolder(clean(path)) || clean(path) in files,
    glob: async (pattern: string) => paths.filter((path) => globMatcher(pattern).test(path)),
    directory: (path: string) => {
      if (clean(path) === ".") return stub
      if (!isFolder(clean(path))) throw new Error(`${path}: no such file or directory`)
      const below = Object.entries(files).filter(([file]) => file.startsWith(`${clean(path)}/`))
      return stubDirectory(Object.fromEntries(below.map(([file, text]) => [file.slice(clean(path).length + 1), text])))
    },
    withoutDirectory: (path: string) => {
      const others = Object.entries(files).filter(([file]) => !file.startsWith(`${clean(path)}/`))
      return stubDirectory(Object.fromEntries(others))
    },
    file: (path: string): File => {
      const contents = async () => {
        const text = files[clean(path)]
        if (text === undefined) throw new Error(`${path}: no such file or directory`)
        return text
      }
      return { contents } as unknown as File
    },
  } as unknown as Directory
  return stub
}
