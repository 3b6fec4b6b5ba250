import { describe, expect, test } from "vitest"
import { renderMessage } from "../../lib/notify/message.ts"
import type { Notification } from "../../lib/notify/notification.ts"

const notification: Notification = {
  ...{
    version: 1,
    event: "newFindings",
    sentAt: "2026-11-01T00:00:00.000Z",
    ok: true,
    title: "Shipped ghcr.io/acme/app",
  },
  ...{ run: "https://github.com/acme/app/actions/runs/7", actor: "mona" },
  subjects: [
    {
      image: "ghcr.io/acme/app@sha256:0a",
      tags: ["f00d"],
      gitops: { status: "bumped", repo: "https://git.example/d", branch: "main", path: "prod", commit: "c0ffee" },
      cluster: "live",
      newFindings: [{ id: "CVE-1", severity: "HIGH", package: "<!channel>", installed: "1" }],
    },
  ],
}
const message = (format: "json" | "slack" | "teams", of = notification) => JSON.parse(renderMessage(of, format))

test("as JSON it is the document itself", () => expect(message("json")).toEqual(notification))

describe("for Slack", () => {
  test("it is a text with sections, in which nothing can mention a person or become a link", () => {
    const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } })
    expect(message("slack")).toEqual({
      text: "⚠️ Shipped ghcr.io/acme/app",
      blocks: [
        section("*⚠️ Shipped ghcr.io/acme/app*"),
        section(
          "*Image* ghcr.io/acme/app@sha256:0a\n*Tags* f00d\n*GitOps* bumped prod on main: c0ffee\n*Cluster* live\n*New findings* HIGH CVE-1 in &lt;!channel&gt;",
        ),
        section("<https://github.com/acme/app/actions/runs/7|Run>"),
      ],
    })
  })
})

describe("for Teams", () => {
  test("it is a message with one adaptive card", () => {
    expect(message("teams")).toEqual({
      type: "message",
      attachments: [
        {
          contentType: "application/vnd.microsoft.card.adaptive",
          contentUrl: null,
          content: {
            ...{ $schema: "http://adaptivecards.io/schemas/adaptive-card.json", type: "AdaptiveCard", version: "1.4" },
            body: [
              { type: "TextBlock", text: "⚠️ Shipped ghcr.io/acme/app", wrap: true, size: "Medium", weight: "Bolder" },
              {
                type: "FactSet",
                facts: [
                  { title: "Image", value: "ghcr.io/acme/app@sha256:0a" },
                  { title: "Tags", value: "f00d" },
                  { title: "GitOps", value: "bumped prod on main: c0ffee" },
                  { title: "Cluster", value: "live" },
                  { title: "New findings", value: "HIGH CVE-1 in \\<!channel\\>" },
                ],
              },
            ],
            actions: [{ type: "Action.OpenUrl", title: "Run", url: "https://github.com/acme/app/actions/runs/7" }],
          },
        },
      ],
    })
  })

  test("each of several services has a heading, and a failure its stage", () => {
    const failure = { stage: "test", code: "TESTS_FAILED", message: "TESTS_FAILED: [x](http://evil)" }
    const services: Notification = { ...notification, event: "failure", subjects: [{ service: "api", failure }] }
    const [, heading, facts] = message("teams", services).attachments[0].content.body
    expect(heading).toEqual({ type: "TextBlock", text: "api", wrap: true, weight: "Bolder" })
    expect(facts.facts).toEqual([{ title: "Failed in", value: "test: TESTS\\_FAILED: \\[x\\]\\(http://evil\\)" }])
  })
})

test("shows at most ten findings, and the number of the others", () => {
  const newFindings = Array.from({ length: 12 }, (_, at) => {
    return { id: `CVE-${at}`, severity: "LOW", package: "a", installed: "1" }
  })
  const { blocks } = message("slack", { ...notification, subjects: [{ newFindings }] })
  expect(blocks[1].text.text).toMatch(/LOW CVE-9 in a; and 2 more$/)
})
