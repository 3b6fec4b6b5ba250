import { expect, test } from "vitest"
import { BITBUCKET } from "../../../lib/gitops/forge/bitbucket.ts"
import { BRANCHES, PROPOSAL, placeOf } from "./branches.ts"

const place = placeOf("https://api.bitbucket.org/2.0")
const all = "https://api.bitbucket.org/2.0/repositories/acme/deploy/pullrequests"
const pull = { id: 7, links: { html: { href: "https://bitbucket.org/acme/deploy/pull-requests/7" } } }
const request = { number: 7, url: pull.links.html.href }
const { title, body } = PROPOSAL

test("sends the token as a bearer token", () => {
  expect(BITBUCKET.headers("t0ken")).toEqual({ accept: "application/json", authorization: "Bearer t0ken" })
})

test("finds the open pull request between these branches of the same repository", () => {
  const { method, url } = BITBUCKET.find(place, BRANCHES, 1)
  expect([method, url.replace(/\?.*/, "")]).toEqual(["GET", all])
  expect([...new URL(url).searchParams]).toEqual([
    [
      "q",
      'state="OPEN" AND source.branch.name="slipway/main/0123456789" AND destination.branch.name="main" AND source.repository.full_name="acme/deploy"',
    ],
  ])
  expect(BITBUCKET.found(BRANCHES).parse({ values: [pull] })).toEqual({ found: request, more: false })
  expect(BITBUCKET.found(BRANCHES).parse({ values: [] })).toEqual({ more: false })
})

test("opens and updates a pull request", () => {
  expect(BITBUCKET.open(place, PROPOSAL)).toEqual({
    method: "POST",
    url: all,
    body: {
      ...{ title, description: body, close_source_branch: true },
      source: { branch: { name: "slipway/main/0123456789" } },
      destination: { branch: { name: "main" } },
    },
  })
  const update = { method: "PUT", url: `${all}/7`, body: { title, description: body } }
  expect(BITBUCKET.update(place, request, PROPOSAL)).toEqual(update)
  expect(BITBUCKET.opened.parse(pull)).toEqual(request)
})

test("has no call for auto-merge", () => {
  expect(BITBUCKET.merge).toBeUndefined()
})
