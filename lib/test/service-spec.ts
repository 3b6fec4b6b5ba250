import { quote, SlipwayError } from "../error.ts"
import { splitWords } from "./command.ts"

/** A service that the tests need. `name` is its host name. */
export type ServiceSpec = {
  name: string
  image: string
  ports: number[]
  variables: Record<string, string>
  /** The service is ready when this command succeeds; without one, when its ports accept connections. */
  health?: string
  /** Replaces the image's command. */
  command?: string
}

type ImageDefaults = Pick<ServiceSpec, "ports" | "variables" | "health">

/** Defaults from the images' documentation. The passwords are no secrets, because the services end with the tests. */
const IMAGE_DEFAULTS: Record<string, ImageDefaults> = {
  postgres: {
    ports: [5432],
    variables: { POSTGRES_PASSWORD: "postgres" },
    // Over TCP, because during its setup the image runs a server that listens only on a Unix socket.
    health: "pg_isready --host 127.0.0.1",
  },
  mysql: {
    ports: [3306],
    variables: { MYSQL_ROOT_PASSWORD: "mysql" },
    health: "mysqladmin ping --host 127.0.0.1",
  },
  mariadb: {
    ports: [3306],
    variables: { MARIADB_ROOT_PASSWORD: "mariadb" },
    health: "healthcheck.sh --connect --innodb_initialized",
  },
  redis: { ports: [6379], variables: {}, health: "redis-cli ping" },
  valkey: { ports: [6379], variables: {}, health: "valkey-cli ping" },
  mongo: { ports: [27017], variables: {}, health: "mongosh --quiet --eval 'db.runCommand({ping: 1})'" },
  rabbitmq: { ports: [5672], variables: {}, health: "rabbitmq-diagnostics --quiet ping" },
}

// A host name (RFC 1123), and the characters of an image reference.
const HEAD = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)=([A-Za-z0-9][A-Za-z0-9._:/@-]*)$/
const SETTING = /^(port|env|health|command)=(.+)$/s
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s

const SHAPE = "NAME=IMAGE [port=N]… [env=KEY=VALUE]… [health='COMMAND'] [command='COMMAND']"

/** Parses a service from the command line. Well-known images need neither port nor health check. */
export function parseService(text: string): ServiceSpec {
  const [head = "", ...settings] = splitWords(text)
  const [, name, image] = head.match(HEAD) ?? []
  if (!name || !image) throw invalid(text, `${quote(head)} is not NAME=IMAGE, such as db=postgres:17`)
  const known = IMAGE_DEFAULTS[imageName(image)] ?? { ports: [], variables: {} }
  const spec: ServiceSpec = { name, image, ...known, variables: { ...known.variables } }
  const ports: number[] = []
  for (const setting of settings) {
    const [, key, value = ""] = setting.match(SETTING) ?? []
    if (key === "port") ports.push(readPort(value, text))
    else if (key === "env") Object.assign(spec.variables, readVariable(value, text))
    else if (key === "health" || key === "command") spec[key] = readCommand(value)
    else throw invalid(text, `${quote(setting)} is not a setting`)
  }
  if (ports.length) spec.ports = ports
  if (spec.ports.length) return spec
  throw invalid(text, `no port, and only ${Object.keys(IMAGE_DEFAULTS).join(", ")} have a default`)
}

/** Parses services, whose host names must be unique. */
export function parseServices(texts: string[]): ServiceSpec[] {
  const specs = texts.map(parseService)
  specs.forEach(({ name }, at) => {
    if (specs.findIndex((other) => other.name === name) !== at)
      throw invalid(texts[at] ?? "", `another service is named ${quote(name)}`)
  })
  return specs
}

/** Parses KEY=VALUE. `whole` is the text for the error. */
export function readVariable(text: string, whole: string = text): Record<string, string> {
  const [, key, value = ""] = text.match(VARIABLE) ?? []
  if (key) return { [key]: value }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "KEY=VALUE with a key of letters, digits and underscores",
    got: quote(whole),
    fix: "Write an empty value as KEY=.",
  })
}

/** Whether the image has default ports and a health check. */
export function isKnownService(image: string): boolean {
  return Object.hasOwn(IMAGE_DEFAULTS, imageName(image))
}

/** The last part of the repository: "docker.io/library/postgres:17@sha256:…" is postgres. */
function imageName(image: string): string {
  return (
    image
      .replace(/@.*$/, "")
      .replace(/:[^/]*$/, "")
      .split("/")
      .at(-1) ?? ""
  )
}

function readPort(value: string, text: string): number {
  const port = Number(value)
  if (/^\d+$/.test(value) && port >= 1 && port <= 65535) return port
  throw invalid(text, `port ${quote(value)} is not a number between 1 and 65535`)
}

function readCommand(value: string): string {
  splitWords(value)
  return value
}

function invalid(text: string, why: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `a service as ${SHAPE}`,
    got: `${quote(text)}: ${why}`,
    fix: "Write, for example, db=postgres:17 env=POSTGRES_DB=app",
  })
}
