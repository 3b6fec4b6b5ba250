import type { Settings } from "./settings.ts"

/** Settings of one image: what a file says of it alone, and otherwise what it says for all. */
export type ServiceSettings = Omit<Settings, "services" | "onFailure" | "retention"> & {
  /** The folder of one of several services. */
  path?: string
}
type Service = NonNullable<Settings["services"]>[string]

/** The settings of each service by its name; none if the file is about a single image. */
export function serviceSettings(settings: Settings): Map<string, ServiceSettings> {
  const services = Object.entries(settings.services ?? {})
  return new Map(services.map(([name, service]) => [name, merge(settings, name, service)]))
}

/** The service's folder is where its tests are, and what its Dockerfile can copy from, unless it says otherwise. */
function merge(all: Settings, name: string, service: Service): ServiceSettings {
  const path = service.path ?? name
  const repository = service.repository ?? (all.repository && `${all.repository}/${name}`)
  const test = mergeTest(all.test, service.test, path)
  const gitops = mergeGitops(all.gitops, service.gitops)
  return {
    path,
    ...(repository && { repository }),
    ...(all.registry && { registry: all.registry }),
    ...(all.sign && { sign: all.sign }),
    ...(all.defaultBranch && { defaultBranch: all.defaultBranch }),
    ...pick("platforms", all, service),
    ...pick("tags", all, service),
    test,
    build: { context: path, ...all.build, ...service.build },
    scan: { ...all.scan, ...service.scan, ...exceptions(all, service) },
    ...(gitops && { gitops }),
  }
}

function pick<K extends "platforms" | "tags">(key: K, all: Settings, service: Service): Partial<Settings> {
  const value = service[key] ?? all[key]
  return value ? { [key]: value } : {}
}

function mergeTest(all: Settings["test"], service: Settings["test"], path: string): Settings["test"] {
  if (service === false || (all === false && !service)) return false
  return { ...(all || {}), paths: [path], ...service }
}

/** A service that asks for a request, and says no more, has it made as the file's requests are. */
function mergeGitops(all: Settings["gitops"], service: Service["gitops"]): Settings["gitops"] {
  if (!all && !service) return undefined
  const merged = { ...all, ...service }
  const [general, own] = [all?.pullRequest, service?.pullRequest]
  if (typeof general === "object" && own) {
    merged.pullRequest = { ...general, ...(typeof own === "object" && own) }
  }
  return merged as NonNullable<Settings["gitops"]>
}

/** Who answers for a finding in all images answers for it in each. */
function exceptions(all: Settings, service: Service): { exceptions?: Record<string, unknown>[] } {
  const both = [...(all.scan?.exceptions ?? []), ...(service.scan?.exceptions ?? [])]
  return both.length ? { exceptions: both } : {}
}
