import type { ServicesRecord } from "../../lib/ship/record/services-record.ts"
import { digest, record } from "./example-record.ts"

export const published = `ghcr.io/acme/app@${digest}`
const failure = { stage: "build", message: "no <Dockerfile>" }
/** A run in which one service failed, so that another one was held. */
export const run: ServicesRecord = {
  version: 1,
  ok: false,
  services: {
    api: { status: "failed", release: { ...record, ok: false, failure, published: undefined, image: undefined } },
    jobs: { status: "unchanged", deployed: "ghcr.io/acme/jobs@sha256:1" },
    web: { status: "held", release: record },
  },
}
export const well: ServicesRecord = { version: 1, ok: true, services: { web: { status: "finished", release: record } } }

const rehearsal = { ...record, mode: "rehearsal" as const }
/** A rehearsal of two services that share a commit. */
export const rehearsed: ServicesRecord = {
  version: 1,
  ok: true,
  services: { api: { status: "shipped", release: rehearsal }, web: { status: "shipped", release: rehearsal } },
}
