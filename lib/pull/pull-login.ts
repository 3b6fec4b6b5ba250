import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { SlipwayError } from "../error.ts"
import { configKey } from "../oci/docker-config.ts"
import type { Repository } from "../oci/reference.ts"

const Config = z.object({ auths: z.record(z.string(), z.unknown()) })
/** What the kubelet reads of an entry: https://kubernetes.io/docs/concepts/containers/images/#config-json */
const Entry = z.union([
  z.object({ auth: z.string().min(1) }).transform(({ auth }) => ({ auth })),
  z
    .object({ username: z.string().min(1), password: z.string().min(1) })
    .transform(({ username, password }) => ({ auth: Buffer.from(`${username}:${password}`).toString("base64") })),
])

/** Of a docker config.json only what pulls this repository: whoever reads the Secret in the cluster can use all of it. */
export function pullLogin(repository: Repository, config: string): string {
  const file = Config.safeParse(parseJson(config))
  if (!file.success) throw noConfig()
  const { auths } = file.data
  const own = Object.entries(auths).filter(([key]) => isFor(repository, key))
  if (own.length === 0) throw noLogin(repository, `logins for ${Object.keys(auths).join(", ") || "nobody"}`)
  const logins = own.map(([key, entry]) => [key, readEntry(repository, entry)] as const)
  return JSON.stringify({ auths: Object.fromEntries(logins) })
}

/** The host itself, by any of its names, or a folder of it that the repository is in. */
function isFor(repository: Repository, key: string): boolean {
  const place = key.replace(/^https?:\/\//, "").replace(/\/(v[12]\/?)?$/, "")
  const sameHost = configKey({ ...repository, host: place }) === configKey(repository)
  return sameHost || `${repository.name}/`.startsWith(`${place}/`)
}

function readEntry(repository: Repository, entry: unknown): { auth: string } {
  const parsed = Entry.safeParse(entry)
  if (parsed.success) return parsed.data
  throw noLogin(repository, "an entry for it without user and password")
}

function noLogin({ host }: Repository, got: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `a login for ${host} with user and password, which is what the kubelet reads`,
    got,
    fix: "A credential helper or an identity token is of no use to it: pass --registry-username and --registry-password.",
  })
}

function noConfig(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a docker config.json whose logins stand under auths",
    got: "something else",
    fix: "Pass the file itself, such as file:$HOME/.docker/config.json; it is not shown here, since it may hold a password.",
  })
}
