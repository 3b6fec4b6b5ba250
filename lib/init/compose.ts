import { normalize } from "node:path/posix"
import { parse } from "yaml"
import { z } from "zod"
import { MOST_ALIASES } from "../config/file.ts"
import { isKnownService } from "../test/service-spec.ts"

/** Services and variables that tests need, in the form of slipway.yaml. */
export type TestNeeds = { services: string[]; variables: Record<string, string> }
export const NO_NEEDS: TestNeeds = { services: [], variables: {} }

// https://github.com/compose-spec/compose-spec/blob/main/spec.md: only the fields about databases and their users
const Value = z.union([z.string(), z.number(), z.boolean(), z.null()])
const Service = z.looseObject({
  image: z.string().optional(),
  build: z.union([z.string(), z.looseObject({ context: z.string().default(".") })]).optional(),
  environment: z.union([z.record(z.string(), Value), z.array(z.string())]).optional(),
  depends_on: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).optional(),
})
const Compose = z.looseObject({ services: z.record(z.string(), Service).default({}) })
type Service = z.infer<typeof Service>

/**
 * The databases and queues that a Compose file defines for the image built from a folder, and the variables with their
 * addresses. In a file without any build, all of them belong to the repository's root.
 */
export function composeNeeds(text: string, folder: string): TestNeeds {
  const all = Object.entries(readServices(text))
  const users = all.flatMap(([, service]) => (buildFolder(service) === normalize(folder) ? [service] : []))
  const alone = !all.some(([, { build }]) => build) && normalize(folder) === "."
  const known = all.filter(([name, { image }]) => /^[a-z0-9-]+$/.test(name) && image && isKnownService(plain(image)))
  const used = known.filter(([name]) => alone || users.some((user) => uses(user, name)))
  const hosts = used.map(([name]) => name)
  const found = users.flatMap((user) =>
    variables(user).filter(([, value]) => hosts.some((host) => hasHost(value, host))),
  )
  return { services: used.map(([name, service]) => specification(name, service)), variables: Object.fromEntries(found) }
}

/** Nothing for a file that is not valid: init only makes suggestions. */
function readServices(text: string): Record<string, Service> {
  try {
    return Compose.safeParse(parse(text, { merge: true, maxAliasCount: MOST_ALIASES })).data?.services ?? {}
  } catch {
    return {}
  }
}

function buildFolder({ build }: Service): string | undefined {
  const context = typeof build === "string" ? build : build?.context
  return context && (normalize(context).replace(/\/$/, "") || ".")
}

function uses(user: Service, name: string): boolean {
  const { depends_on: needs = [] } = user
  const needed = Array.isArray(needs) ? needs : Object.keys(needs)
  return needed.includes(name) || variables(user).some(([, value]) => hasHost(value, name))
}

/** Whether a value contains this host, alone or in an address. */
function hasHost(value: string, host: string): boolean {
  return new RegExp(`(^|@|//)${host}($|[:/?])`).test(value)
}

function specification(name: string, service: Service): string {
  const env = variables(service).map(([key, value]) => `env=${quoted(`${key}=${value}`)}`)
  return [`${name}=${plain(service.image ?? "")}`, ...env].join(" ")
}

/** Omits values that depend on the user's shell. */
function variables({ environment = {} }: Service): [string, string][] {
  const entries = Array.isArray(environment) ? environment.map(assignment) : Object.entries(environment)
  return entries.flatMap(([key, value]): [string, string][] => {
    const text = value === null ? "$" : plain(String(value))
    return /[$']/.test(text) ? [] : [[key, text]]
  })
}

function assignment(text: string): [string, string | null] {
  const at = text.indexOf("=")
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)]
}

/** Replaces ${NAME:-default} by its default. */
function plain(value: string): string {
  return value.replace(/\$\{\w+:?-([^}]*)\}/g, "$1")
}

function quoted(text: string): string {
  return /^[\w.:@/=-]+$/.test(text) ? text : `'${text}'`
}
