import { z } from "zod"
import { ENGINE, MODULE, type SecretUse } from "../../engine/secret-use.ts"

const GivenSecret = z.object({
  argument: z.string().describe("the argument that the secret came by; its value is nowhere in the record"),
  to: z
    .string()
    .describe(
      "image of the tool that got it; slipway: the module's own process; engine: pulls of images; Dockerfile: RUN",
    ),
  stages: z.array(z.string()).describe("options: before the first stage, start: between stages"),
})

/** Who could reach what in this run, written by the run itself. The CI run and the actor are in `ci`. */
export const AuditRecord = z.object({
  secrets: z.array(GivenSecret).describe("observed: each secret that a tool got"),
  unused: z.array(z.string()).describe("arguments with a secret that nothing got"),
  hosts: z
    .array(z.object({ stage: z.string(), hosts: z.array(z.string()) }))
    .describe("configured: the hosts that options and settings name for a stage, not its connections"),
})
export type AuditRecord = z.infer<typeof AuditRecord>

/** The hosts that the options name, by stage. */
export type StageHosts = Record<string, string[]>

/** What is known of a run: the arguments with a secret, the uses of each, and the hosts. */
export type AuditFacts = { given: string[]; uses: SecretUse[]; hosts: StageHosts }

/** The audit of the stages that ran so far. */
export function auditRecord({ given, uses, hosts }: AuditFacts, stages: { name: string }[]): AuditRecord {
  const rows = new Map<string, AuditRecord["secrets"][number]>()
  for (const { argument, to, stage } of uses) {
    const row = rows.get(`${argument} ${to}`) ?? { argument, to, stages: [] }
    if (!row.stages.includes(stage)) row.stages.push(stage)
    rows.set(`${argument} ${to}`, row)
  }
  const secrets = [...rows.values()].toSorted(byArgument)
  const used = new Set(secrets.map(({ argument }) => argument))
  const ran = [...new Set(stages.map(({ name }) => name))]
  return {
    secrets,
    unused: given.filter((argument) => !used.has(argument)).toSorted(),
    hosts: ran.flatMap((stage) => {
      const named = [...new Set(hosts[stage])]
      return named.length ? [{ stage, hosts: named }] : []
    }),
  }
}

/** Adds what happened after the stages: the secrets of the webhook, and its host. */
export function withNotification(
  audit: AuditRecord,
  { uses, host }: { uses: SecretUse[]; host?: string },
): AuditRecord {
  const added = auditRecord({ given: [], uses, hosts: {} }, []).secrets
  const used = new Set(added.map(({ argument }) => argument))
  return {
    secrets: [...audit.secrets, ...added].toSorted(byArgument),
    unused: audit.unused.filter((argument) => !used.has(argument)),
    hosts: [...audit.hosts, ...(host ? [{ stage: "notify", hosts: [host] }] : [])],
  }
}

function byArgument(a: AuditRecord["secrets"][number], b: AuditRecord["secrets"][number]): number {
  return a.argument.localeCompare(b.argument) || a.to.localeCompare(b.to)
}

/** The rows of the audit for people: argument, receiver, stages. */
export function auditRows({ secrets, unused }: AuditRecord): [string, string, string][] {
  return [
    ...secrets.map(({ argument, to, stages }): [string, string, string] => [argument, receiver(to), stages.join(", ")]),
    ...unused.map((argument): [string, string, string] => [argument, "nothing", "none"]),
  ]
}

/** An image by the last part of its name and by its digest, which identifies it. */
function receiver(to: string): string {
  if (to === MODULE) return "Slipway itself"
  if (to === ENGINE) return "the engine, for its pulls"
  const [, name, digest] = to.match(/([^/]+?)@(sha256:[0-9a-f]{64})$/) ?? []
  return name && digest ? `${name}@${digest}` : to
}

/** The registry of an image, as Docker names it. */
export function imageHost(image = ""): string | undefined {
  if (!image) return undefined
  const [first = "", ...rest] = image.replace(/^[a-z]+:\/\//, "").split("/")
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io"
}

/** What is known only after the stages: the secrets that they gave away, and the images that they used. */
type Observations = {
  secretUses?: SecretUse[]
  tests?: { runners: { image: string }[] } | { status: "skipped" }
  built?: { bases?: { name: string }[] }
}

export function observed(
  { given, uses, hosts }: AuditFacts,
  { secretUses = [], tests, built }: Observations,
): AuditFacts {
  const runners = tests && "runners" in tests ? tests.runners.map(({ image }) => image) : []
  const hostsOf = (images: string[]) => images.flatMap((image) => imageHost(image) ?? [])
  const test = [...(hosts["test"] ?? []), ...hostsOf(runners)]
  const build = hostsOf((built?.bases ?? []).map(({ name }) => name))
  return { given, uses: [...uses, ...secretUses], hosts: { ...hosts, test, build } }
}
