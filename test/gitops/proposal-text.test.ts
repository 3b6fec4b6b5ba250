import { expect, test } from "vitest"
import { proposalText } from "../../lib/gitops/proposal-text.ts"
import { parseTrailers } from "../../lib/gitops/trailers.ts"

const ref = `ghcr.io/acme/web@sha256:${"0a".repeat(32)}`
const trailers = `Slipway-Bump: prod web ${ref}\nSource-Order: 7`
const changes = [{ object: "Deployment/web", field: ".spec.image", from: "web:`1`", to: "web:2" }]
const given = { changes, notes: ["the tag stays"], base: "main" }

test("is the commit's subject, what changes, and the trailers last", () => {
  expect(proposalText(`Bump web\n\nWhy.\n\n${trailers}\n`, given)).toEqual({
    title: "Bump web",
    body: `Why.

- \`Deployment/web spec.image\`: \`web:'1'\` → \`web:2\`

Note: the tag stays

This branch is made anew on \`main\` by the next bump of the same image; what is pushed to it by hand is lost.

${trailers}`,
  })
})

test("is read as trailers where a forge squashes it into a message", () => {
  const { title, body } = proposalText(`Bump web\n\n${trailers}\n`, given)
  const { bumps, source } = parseTrailers(`${title} (#7)\n\n${body}`)
  expect([bumps, source]).toEqual([[{ path: "prod", image: "web", ref }], { order: 7 }])
})

test("is no longer than a forge takes and a person reads", () => {
  const many = Array.from({ length: 60 }, (_, at) => ({ object: `Deployment/${at}`, field: ".a" }))
  const { title, body } = proposalText(`${"x".repeat(300)}\n\n${trailers}\n`, { ...given, changes: many })
  expect(title).toBe(`${"x".repeat(249)}…`)
  expect(body).toContain("Deployment/49")
  expect(body).not.toContain("Deployment/50")
  expect(body).toContain("- and 10 more")
})
