import { normalize } from "node:path/posix"
import { parse } from "yaml"
import { z } from "zod"
import { MOST_ALIASES } from "../config/file.ts"
import { isKnownService } from "../test/service-spec.ts"

/** What tests need beside them, as slipway.yaml says it. */
export type TestNeeds = { services: string[]; variables: Record<string, string> }
export const NO_NEEDS: TestNeeds = { services: [], variables: {} }

// https://github.com/compose-spec/compose-spec/blob/main/spec.md, as far as it is about databases and who uses them
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
 * The databases and queues that a Compose file has for the image built of a folder, and the variables by which that finds
 * them. A file that builds nothing of this repository is there for its development as a whole.
 */
export function composeNeeds(text: string, folder: string): TestNeeds {
  const all = Object.entries(readServices(text))
  const users = all.flatMap(([, service]) => (buildFolder(service) === normalize(folder) ? [service] : []))
  const alone = !all.some(([, { build }]) => build) && normalize(folder) === "."
  const known = all.filter(([name, { image }]) => /^[a-z0-9-]+$/.test(name) && image && isKnownService(plain(image)))
  const used = known.filter(([name]) => alone || users.some((user) => uses(user, name)))
  const hosts = used.map(([name]) => name)
  const found = users.flatMap((user) => variables(user).filter(([, value]) => hosts.some((host) => names(value, host))))
  return { services: used.map(([name, service]) => specification(name, service)), variables: Object.fromEntries(found) }
}

/** A file that is no Compose file is somebody else's to mend. */
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
  return needed.includes(name) || variables(user).some(([, value]) => names(value, name))
}

/** As a host: alone, or where an address has one. */
function names(value: string, host: string): boolean {
  return new RegExp(`(^|@|//)${host}($|[:/?])`).test(value)
}

function specification(name: string, service: Service): string {
  const env = variables(service).map(([key, value]) => `env=${word(`${key}=${value}`)}`)
  return [`${name}=${plain(service.image ?? "")}`, ...env].join(" ")
}

/** A value that only its owner's shell knows is left out. */
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

/** ${NAME:-default} is its default. */
function plain(value: string): string {
  return value.replace(/\$\{\w+:?-([^}]*)\}/g, "$1")
}

function word(text: string): string {
  return /^[\w.:@/=-]+$/.test(text) ? text : `'${text}'`
}
