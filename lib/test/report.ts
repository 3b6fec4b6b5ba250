/** What test runners write by themselves where nobody told them otherwise; patterns as in a .dockerignore. */
const JUNIT = [
  "**/junit*.xml",
  "**/*junit.xml",
  "**/TEST-*.xml",
  "**/test-report*.xml",
  "**/test-results/**/*.xml",
  "**/test-results.xml",
  "**/*.trx",
]
const COVERAGE = [
  "**/coverage.out",
  "**/cover.out",
  "**/coverage.xml",
  "**/lcov.info",
  "**/*cobertura*.xml",
  "**/clover.xml",
  "**/jacoco*.xml",
  "**/coverage-final.json",
  "**/coverage-summary.json",
]

/** Which files go into the report; `more` are the caller's own patterns. */
export function reportPatterns(more: string[] = []): { include: string[]; exclude: string[] } {
  return { include: [...JUNIT, ...COVERAGE, ...more], exclude: ["**/node_modules", "**/.venv", "**/vendor"] }
}

/** In which of the files test cases may be counted. */
export function mayCountTests(path: string): boolean {
  return /\.(?:xml|trx)$/.test(path)
}
