import { parseDocument } from "yaml"
import { z } from "zod"
import { resolveDocument } from "../config/file.ts"
import { quote, SlipwayError } from "../error.ts"
import type { Api } from "./api.ts"
import { readCluster } from "./kubeconfig-cluster.ts"
import { readUser } from "./kubeconfig-user.ts"

const Fields = z.record(z.string(), z.unknown())

/** https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/: what is read of it. */
const Kubeconfig = z.object({
  "current-context": z.string().optional(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(z.object({ name: z.string(), cluster: Fields })),
  users: z.array(z.object({ name: z.string(), user: Fields })),
})

/** A cluster and who asks it, by a context of the file. No value of it is ever shown, since any may be a secret. */
export function parseKubeconfig(text: string, wanted?: string): Api {
  const file = Kubeconfig.safeParse(readYaml(text))
  if (!file.success) throw unreadable(file.error.issues.map(({ path }) => path.join(".") || "its form"))
  const { contexts, clusters, users, "current-context": current } = file.data
  const name = wanted ?? current
  const { context } = named(contexts, name, "context")
  const { cluster } = named(clusters, context.cluster, "cluster")
  const { user } = named(users, context.user, "user")
  return { kind: "kubernetes", ...readCluster(cluster), identity: readUser(user) }
}

function readYaml(text: string): unknown {
  const document = parseDocument(text, { logLevel: "silent" })
  return document.errors.length > 0 ? undefined : resolveDocument(document, () => unreadable(["its aliases"]))
}

function named<T extends { name: string }>(entries: T[], name: string | undefined, what: string): T {
  const entry = entries.find((candidate) => candidate.name === name)
  if (entry) return entry
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a ${what} of the kubeconfig: ${entries.map((candidate) => candidate.name).join(", ") || "it has none"}`,
    got: name ? quote(name) : "no name, and the file has no current-context",
    fix: "Name one with --kube-context, or pass what `kubectl config view --minify --flatten --raw` prints.",
  })
}

function unreadable(fields: string[]): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a kubeconfig with contexts, clusters and users",
    got: `something else: ${[...new Set(fields)].slice(0, 3).join(", ")}`,
    fix: "Pass the file itself, such as file:$HOME/.kube/config; it is not shown here, since it may hold a key.",
  })
}
