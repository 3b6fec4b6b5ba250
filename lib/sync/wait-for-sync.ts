import { type ApiInput, readApi, readVia } from "./api-access.ts"
import { getObject } from "./get-object.ts"
import { readLook } from "./look.ts"
import { objectRequest, requireServed } from "./object-request.ts"
import { parsePatience } from "./patience.ts"
import { parseResources, requireTellable } from "./resource.ts"
import { notLive, renderLive } from "./sync-text.ts"
import { waitUntilLive } from "./wait.ts"
import { parseWanted } from "./wanted.ts"

export type SyncInput = {
  resources: string[]
  commit?: string
  ref?: string
  timeout: number
  settle: number
  api: ApiInput
}

/** The longest that one read may take, in milliseconds: another follows. */
const READ = 10_000

/** Waits until a cluster runs a release; whatever cannot work is refused before the first look. */
export async function waitForSync({ resources: names, api: input, ...rest }: SyncInput): Promise<string> {
  const wanted = parseWanted(rest)
  const patience = parsePatience(rest)
  const api = await readApi(input)
  const resources = parseResources(names)
  for (const resource of resources) {
    requireTellable(resource, wanted)
    requireServed(api, resource)
  }
  const via = await readVia(input.service)
  const { standing, watched, seconds } = await waitUntilLive(resources, patience, {
    look: async (resource) => {
      const read = await getObject(objectRequest(api, resource), { api, via, milliseconds: READ })
      return readLook(read, resource, wanted)
    },
  })
  if (standing === "live") return renderLive(watched, seconds, wanted)
  throw notLive(standing, watched, { ...patience, now: seconds })
}
