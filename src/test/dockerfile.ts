/** One stage of a Dockerfile, as far as tests care. */
export type Stage = { name: string; runsOnStart: boolean }

// https://docs.docker.com/reference/dockerfile/#from
const FROM = /^FROM\s+(?:--\S+\s+)*\S+\s+AS\s+(\S+)\s*$/i
const STARTS = /^(?:CMD|ENTRYPOINT)\b/i

/** The named stages. A stage with its own CMD or ENTRYPOINT tests when it is run, any other while it is built. */
export function namedStages(dockerfile: string): Stage[] {
  const stages: Stage[] = []
  let current: Stage | undefined
  for (const line of dockerfile.split("\n").map((text) => text.trim())) {
    if (/^FROM\s/i.test(line)) {
      const [, name] = line.match(FROM) ?? []
      current = name ? { name: name.toLowerCase(), runsOnStart: false } : undefined
      if (current) stages.push(current)
    } else if (current && STARTS.test(line)) current.runsOnStart = true
  }
  return stages
}
