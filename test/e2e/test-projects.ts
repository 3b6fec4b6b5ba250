import { fileURLToPath } from "node:url"
import { type Directory, dag } from "@dagger.io/dagger"
import type { TestResults } from "../../lib/test/outcome.ts"
import { runTests } from "../../lib/test/suite.ts"

const PROJECTS = fileURLToPath(new URL("../fixtures/projects", import.meta.url))
// Node, Poetry and uv include certificates; behind a proxy that intercepts TLS, they need those of the system.
const SYSTEM_CERTIFICATES = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"].map(
  (name) => `${name}=/etc/ssl/certs/ca-certificates.crt`,
)

export function project(name: string): Directory {
  return dag.host().directory(`${PROJECTS}/${name}`)
}

/** A project with another package manager's lock file. */
export function locked(name: string, lock: string): Directory {
  return project(name)
    .withoutFile("package-lock.json")
    .withDirectory(".", project(`${name}-locks/${lock}`))
}

/** Tests projects, each in a folder with its name here, as one source. */
export async function testTogether(projects: Record<string, Directory>): Promise<TestResults> {
  const source = Object.entries(projects).reduce((all, [path, of]) => all.withDirectory(path, of), dag.directory())
  return await runTests(source, { paths: Object.keys(projects), variables: SYSTEM_CERTIFICATES })
}

/** The paths in the report of a run, with the files that each runner writes besides its output. */
export function reportPaths({ runners }: TestResults, written: Record<string, string[]>): string[] {
  const own = runners.flatMap(({ name }) =>
    ["output.log", ...(written[name] ?? ["junit.xml"])].map((file) => `${name}/${file}`),
  )
  return [...own, "outcome.json"].sort()
}
