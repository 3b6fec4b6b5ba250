import type { Exception } from "./exception.ts"
import type { MergedFinding, Suppression } from "./finding.ts"
import { matchesGlob, matchesPurl } from "./match.ts"

export type Excepted = {
  /** What still counts. */
  findings: MergedFinding[]
  applied: (Suppression & { exception: Exception })[]
  expired: Exception[]
  unused: Exception[]
}

/** Takes out what someone answers for. An expired exception takes out nothing; `today` is yyyy-mm-dd in UTC. */
export function except(findings: MergedFinding[], exceptions: Exception[], today: string): Excepted {
  const valid = exceptions.filter(({ expires }) => today < expires)
  const applied = findings.flatMap((finding) => {
    const exception = valid.find((candidate) => covers(candidate, finding))
    return exception ? [applicationOf(exception, finding)] : []
  })
  return {
    findings: findings.filter((finding) => !applied.some((application) => application.finding === finding)),
    applied,
    expired: exceptions.filter((exception) => !valid.includes(exception)),
    unused: valid.filter((exception) => !findings.some((finding) => covers(exception, finding))),
  }
}

/** What a person has to be told about exceptions that do nothing. */
export function exceptionWarnings({ expired, unused }: Pick<Excepted, "expired" | "unused">): string[] {
  return [
    ...expired.map(
      ({ id, owner, expires }) => `the exception for ${id} by ${owner} expired on ${expires}: it counts again`,
    ),
    ...unused.map(({ id, owner }) => `the exception for ${id} by ${owner} matches no finding: take it out`),
  ]
}

function applicationOf(exception: Exception, finding: MergedFinding): Excepted["applied"][number] {
  const { reason, owner, expires } = exception
  return { exception, finding, reason, source: owner, expires }
}

/** Every restriction that an exception names must hold. */
function covers({ kind, id, package: name, paths, purls }: Exception, finding: MergedFinding): boolean {
  return (
    id === finding.id &&
    (!kind || kind === finding.kind) &&
    (!name || name === finding.package) &&
    (paths.length === 0 || paths.some((glob) => matchesGlob(finding.path, glob))) &&
    (purls.length === 0 || purls.some((purl) => matchesPurl(finding.purl, purl)))
  )
}
