import { replicaList } from "./registry-settings.ts"
import type { Settings } from "./settings.ts"

/** The settings of one image: those of its service, and else those for all services. */
export type ServiceSettings = Omit<Settings, "services" | "onFailure" | "retention" | "deployed" | "notify"> & {
  /** The folder of one of several services. */
  path?: string
}
type Service = NonNullable<Settings["services"]>[string]

/** The settings of each service by its name; empty if the file has no services. */
export function serviceSettings(settings: Settings): Map<string, ServiceSettings> {
  const services = Object.entries(settings.services ?? {})
  return new Map(services.map(([name, service]) => [name, merge(settings, name, service)]))
}

/** By default, the service's folder is both the folder of its tests and the build context. */
function merge(all: Settings, name: string, service: Service): ServiceSettings {
  const path = service.path ?? name
  const repository = service.repository ?? (all.repository && `${all.repository}/${name}`)
  const test = mergeTest(all.test, service.test, path)
  const gitops = mergeGitops(all.gitops, service.gitops)
  return {
    path,
    ...(repository && { repository }),
    ...(all.registry && { registry: all.registry }),
    ...(all.replicas && { replicas: serviceReplicas(all.replicas, name) }),
    ...(all.sign && { sign: all.sign }),
    ...(all.checks && { checks: all.checks }),
    ...(all.cache && { cache: all.cache }),
    ...(all.defaultBranch && { defaultBranch: all.defaultBranch }),
    ...serviceDeployments(all.deployments, name),
    ...pick("platforms", all, service),
    ...pick("tags", all, service),
    ...pick("wait", all, service),
    ...pick("refresh", all, service),
    test,
    build: { context: path, ...all.build, ...service.build },
    scan: { ...all.scan, ...service.scan, ...failOn(all, service), ...exceptions(all, service) },
    ...mergeSmoke(all.smoke, service.smoke),
    ...(gitops && { gitops }),
    ...(service.chart && { chart: { ...all.chart, ...service.chart } }),
  }
}

/** The replicas of a repository that the settings publish to. */
export function replicasOf(settings: Settings, repository: string): string[] {
  const known = [...serviceSettings(settings).values(), ...(settings.services ? [] : [settings])]
  const its = known.find((one) => one.repository === repository)
  return replicaList(its?.replicas).map((replica) => replica.repository)
}

/** A service's repository in each replica, named as in the main registry. */
function serviceReplicas(replicas: Settings["replicas"], name: string): Settings["replicas"] {
  return replicaList(replicas).map((replica) => ({ ...replica, repository: `${replica.repository}/${name}` }))
}

/** A service has an environment of its own, because a success replaces the environment's earlier deployment. */
function serviceDeployments(deployments: Settings["deployments"], name: string): Pick<Settings, "deployments"> {
  if (!deployments) return {}
  return { deployments: { ...deployments, environment: `${deployments.environment}/${name}` } }
}

function pick<K extends "platforms" | "tags" | "wait" | "refresh">(
  key: K,
  all: Settings,
  service: Service,
): Partial<Settings> {
  const value = service[key] ?? all[key]
  return value === undefined ? {} : { [key]: value }
}

function mergeTest(all: Settings["test"], service: Settings["test"], path: string): Settings["test"] {
  if (service === false || (all === false && !service)) return false
  return { ...(all || {}), paths: [path], ...service }
}

/** A service without smoke settings of its own is started as those for all say, or by what its image says. */
function mergeSmoke(all: Settings["smoke"], service: Settings["smoke"]): Pick<Settings, "smoke"> {
  if (service === false || (all === false && !service)) return { smoke: false }
  return all || service ? { smoke: { ...all, ...service } } : {}
}

/** `pullRequest: true` in a service uses the options of the file's pullRequest. */
function mergeGitops(all: Settings["gitops"], service: Service["gitops"]): Settings["gitops"] {
  if (!all && !service) return undefined
  const merged = { ...all, ...service }
  const [general, own] = [all?.pullRequest, service?.pullRequest]
  if (typeof general === "object" && own) {
    merged.pullRequest = { ...general, ...(typeof own === "object" && own) }
  }
  return merged as NonNullable<Settings["gitops"]>
}

/** A service replaces single conditions, not the whole gate. */
function failOn({ scan }: Settings, service: Service): Pick<NonNullable<Settings["scan"]>, "failOn"> {
  const failOn = { ...scan?.failOn, ...service.scan?.failOn }
  return Object.keys(failOn).length ? { failOn } : {}
}

/** Exceptions for all images apply to each service, in addition to its own. */
function exceptions(all: Settings, service: Service): { exceptions?: Record<string, unknown>[] } {
  const both = [...(all.scan?.exceptions ?? []), ...(service.scan?.exceptions ?? [])]
  return both.length ? { exceptions: both } : {}
}
