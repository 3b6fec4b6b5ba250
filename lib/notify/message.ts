import type { NotifyEvent } from "../config/trace-settings.ts"
import type { Notification, NotificationSubject } from "./notification.ts"

/** The forms of a message: the document itself, Slack's, and a card for a workflow of Teams. */
export type MessageFormat = "json" | "slack" | "teams"

/** The body of the request. */
export function renderMessage(notification: Notification, format: MessageFormat): string {
  switch (format) {
    case "json":
      return JSON.stringify(notification)
    case "slack":
      return JSON.stringify(slackMessage(notification))
    case "teams":
      return JSON.stringify(teamsMessage(notification))
  }
}

const SIGNS: Record<NotifyEvent, string> = { failure: "❌", success: "✅", newFindings: "⚠️" }

/** A chat shows so many images and findings; the others are in the reports of the run. */
const MOST = 10

type Fact = { name: string; value: string }

function factsOf(subject: NotificationSubject): Fact[] {
  const { image, commit, environment, tags, gitops, cluster, newFindings = [], failure } = subject
  const shown = newFindings.slice(0, MOST).map(({ id, severity, package: name }) => `${severity} ${id} in ${name}`)
  const more = newFindings.length > MOST ? [`and ${newFindings.length - MOST} more`] : []
  const facts: [string, string | undefined][] = [
    ["Failed in", failure && `${failure.stage}: ${failure.message}`],
    ["Image", image],
    ["Commit", commit],
    ["Environment", environment],
    ["Tags", tags?.join(", ")],
    ["GitOps", gitops && `${gitops.status} ${gitops.path} on ${gitops.branch}: ${gitops.request ?? gitops.commit}`],
    ["Cluster", cluster],
    ["New findings", [...shown, ...more].join("; ")],
  ]
  return facts.flatMap(([name, value]) => (value ? [{ name, value }] : []))
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; a section has at most 3000 characters. */
function slackMessage({ event, title, run, subjects }: Notification): object {
  const text = `${SIGNS[event]} ${title}`
  const sections = subjects.slice(0, MOST).flatMap((subject) => {
    const facts = factsOf(subject).map(({ name, value }) => `*${name}* ${escapeSlack(value)}`)
    const lines = [...(subject.service ? [`*${escapeSlack(subject.service)}*`] : []), ...facts]
    return lines.length ? [slackSection(lines.join("\n").slice(0, 3000))] : []
  })
  const link = run ? [slackSection(`<${escapeSlack(run)}|Run>`)] : []
  return { text: escapeSlack(text), blocks: [slackSection(`*${escapeSlack(text)}*`), ...sections, ...link] }
}

function slackSection(text: string): object {
  return { type: "section", text: { type: "mrkdwn", text } }
}

/** Without these characters a text is no link, and mentions no user: https://docs.slack.dev/messaging/formatting-message-text */
function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}

/** https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook, as Workflows take it */
function teamsMessage({ event, title, run, subjects }: Notification): object {
  const body = subjects.slice(0, MOST).flatMap((subject) => {
    const facts = factsOf(subject).map(({ name, value }) => ({ title: name, value: escapeMarkdown(value) }))
    const heading = subject.service ? [textBlock(escapeMarkdown(subject.service), { weight: "Bolder" })] : []
    return [...heading, ...(facts.length ? [{ type: "FactSet", facts }] : [])]
  })
  const card = {
    ...{ $schema: "http://adaptivecards.io/schemas/adaptive-card.json", type: "AdaptiveCard", version: "1.4" },
    body: [textBlock(`${SIGNS[event]} ${escapeMarkdown(title)}`, { size: "Medium", weight: "Bolder" }), ...body],
    ...(run && { actions: [{ type: "Action.OpenUrl", title: "Run", url: run }] }),
  }
  const attachment = { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content: card }
  return { type: "message", attachments: [attachment] }
}

function textBlock(text: string, style: object): object {
  return { type: "TextBlock", text, wrap: true, ...style }
}

/** A card's texts are Markdown, in which a package's or a branch's name must not become a link. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\[\]()*_`~<>]/g, "\\$&")
}
