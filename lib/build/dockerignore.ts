/** The patterns of a .dockerignore, as the engine takes them: https://docs.docker.com/build/concepts/context/#dockerignore-files */
export function ignorePatterns(text: string): string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.trim().replace(/^(!?)\/+/, "$1"))
    .filter((pattern) => pattern !== "" && pattern !== "!")
}
