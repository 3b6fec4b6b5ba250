import { z } from "zod"
import { NotifyEvent } from "../config/trace-settings.ts"

const Finding = z.object({ id: z.string(), severity: z.string(), package: z.string(), installed: z.string() })

/** One image of a run: a release, or a deployed image. */
const Subject = z.object({
  service: z.string().optional().describe("one of several services"),
  image: z.string().optional().describe("the reference by digest; none if nothing was built"),
  commit: z.string().optional().describe("the source commit"),
  source: z.string().optional().describe("web page of the source's repository"),
  environment: z.string().optional(),
  tags: z.array(z.string()).optional(),
  gitops: z
    .object({
      status: z.string().describe("bumped, requested, unchanged or superseded"),
      repo: z.string(),
      branch: z.string(),
      path: z.string(),
      commit: z.string(),
      request: z.string().optional().describe("the pull or merge request"),
    })
    .optional(),
  cluster: z.string().optional().describe("live, failed, late or skipped, if the run waited"),
  seconds: z.number().optional().describe("from the source commit until the cluster ran the release"),
  newFindings: z.array(Finding).optional().describe("findings that the deployed image, or its report, did not have"),
  failure: z
    .object({
      stage: z.string(),
      code: z.string().optional(),
      message: z.string().describe("its first line, shortened; the reports of the run have all of it"),
    })
    .optional(),
})

/** What a webhook gets as JSON. Fields may be added; `version` changes when one is removed or gets another meaning. */
export const Notification = z.object({
  version: z.literal(1),
  event: NotifyEvent,
  sentAt: z.iso.datetime(),
  ok: z.boolean(),
  title: z.string(),
  run: z.string().optional().describe("web page of the CI run"),
  actor: z.string().optional().describe("the user who started it"),
  subjects: z.array(Subject),
})

/** What a webhook was told after the run. A failure changes nothing else, and is not in the attested record. */
export const NotificationRecord = z.object({
  event: NotifyEvent,
  status: z.enum(["sent", "failed"]),
  host: z.string().optional(),
  message: z.string().optional().describe("the error, if it failed"),
})

export type NotificationRecord = z.infer<typeof NotificationRecord>
export type NotificationSubject = z.infer<typeof Subject>
export type Notification = z.infer<typeof Notification>

type NewFinding = z.infer<typeof Finding>
type Failure = NonNullable<NotificationSubject["failure"]>

const LONGEST_MESSAGE = 300

/** The first line of an error: its further lines may be the output of a tool or of the project's tests. */
export function firstLine(message: string): string {
  const [line = ""] = message.split("\n", 1)
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line
}

/** The new findings of an image and its failure, as a message has them; without either, nothing. */
export function troubleOf(
  findings: NewFinding[],
  failure?: Failure,
): Pick<NotificationSubject, "newFindings" | "failure"> {
  const newFindings = findings.map(({ id, severity, package: name, installed }) => {
    return { id, severity, package: name, installed }
  })
  return {
    ...(newFindings.length && { newFindings }),
    ...(failure && { failure: { ...failure, message: firstLine(failure.message) } }),
  }
}

/** The event to tell: the first that applies and that the settings name. */
export function chooseEvent(
  { ok, subjects }: Pick<Notification, "ok" | "subjects">,
  on: NotifyEvent[],
): NotifyEvent | undefined {
  const hasNew = subjects.some(({ newFindings = [] }) => newFindings.length > 0)
  const applies: NotifyEvent[] = [ok ? [] : ["failure" as const], hasNew ? ["newFindings" as const] : []].flat()
  return [...applies, ...(ok ? ["success" as const] : [])].find((event) => on.includes(event))
}
