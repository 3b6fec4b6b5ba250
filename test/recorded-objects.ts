import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { expect } from "vitest"

// Objects of the Kubernetes API as real controllers wrote them: end-to-end tests record them, unit tests judge them.

// biome-ignore lint/suspicious/noExplicitAny: tests read any field of any object
type RecordedObject = any

const folderOf = (controller: string) => new URL(`./fixtures/${controller}/`, import.meta.url)
const fileOf = (controller: string, name: string) => new URL(`${name}.json`, folderOf(controller))

export function recordedObject(controller: string, name: string): RecordedObject {
  return JSON.parse(readFileSync(fileOf(controller, name), "utf8"))
}

export function recordedNames(controller: string): string[] {
  return readdirSync(folderOf(controller)).map((file) => file.replace(/\.json$/, ""))
}

/**
 * Compares what an object says with its recording, which it replaces if SLIPWAY_RECORD is set. The rest, such as what the
 * controller is doing at the moment, differs from run to run.
 */
export function expectAsRecorded(controller: string, name: string, text: string): void {
  if (process.env["SLIPWAY_RECORD"]) {
    mkdirSync(folderOf(controller), { recursive: true })
    writeFileSync(fileOf(controller, name), text)
  }
  expect(outcomeOf(JSON.parse(text))).toEqual(outcomeOf(recordedObject(controller, name)))
}

/** What a controller says of the object's state: of Flux's conditions the decisive one, of Argo CD's status the three words. */
function outcomeOf({ spec, status }: RecordedObject): unknown {
  const ready = status.conditions?.find(({ type }: RecordedObject) => type === "Ready")
  return {
    suspend: spec.suspend,
    ready: ready && [ready.status, ready.reason],
    applied: status.lastAppliedRevision,
    words: [status.sync?.status, status.health?.status, status.operationState?.phase],
  }
}
