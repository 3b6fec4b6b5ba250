import { type Container, type Directory, dag, ReturnType, type Service } from "@dagger.io/dagger"
import { parseAllDocuments, stringify } from "yaml"
import { REGISTRY } from "./policy-world.ts"
import type { TufRepository } from "./tuf-repository.ts"

// test/engine/up --with=kyverno,policy-tester serves these; policy-controller's tester has no official image
const KYVERNO_IMAGE = "ghcr.io/kyverno/kyverno-cli:v1.19.1"
const TESTER_IMAGE = "docker.io/slipway-test/policy-tester:v0.13.1"
const [KYVERNO, TESTER] = ["/ko-app/kubectl-kyverno", "/ko-app/policy-tester"]

const TUF = "tuf.localhost"
const [TUF_ROOT, POLICY, TRUST_ROOT, RESOURCES] = ["/tuf", "/policy.yaml", "/trust-root.yaml", "/resources.yaml"]

export type Verdict = "admitted" | "refused" | "not judged"
export type Workload = "Pod" | "Deployment"
/** Verdicts by the name of the image or resource. */
export type Verdicts = Record<string, { verdict: Verdict; words: string }>

/** A pod, or a workload that creates one; named after its image, as the reports are read by name. */
export function workload(kind: Workload, name: string, image: string): object {
  const metadata = { name, namespace: "shop" }
  const spec = { containers: [{ name: "app", image }] }
  if (kind === "Pod") return { apiVersion: "v1", kind, metadata, spec }
  const template = { metadata: { labels: { app: name } }, spec }
  return { apiVersion: "apps/v1", kind, metadata, spec: { selector: { matchLabels: { app: name } }, template } }
}

/** Sets a TUF repository in an ImageValidatingPolicy, as its notes advise for clusters without internet access. */
export function withTufMirror(policy: string, { root, port }: TufRepository, at = `http://${TUF}:${port}`): string {
  type Policy = { spec: { attestors: { cosign: object }[] } }
  const mirror = { mirror: at, root: { data: Buffer.from(root).toString("base64") } }
  const documents = parseAllDocuments(policy).map((document) => {
    const object = document.toJS() as Policy
    const attestors = object.spec.attestors.map((one) => ({ ...one, cosign: { ...one.cosign, tuf: mirror } }))
    return stringify({ ...object, spec: { ...object.spec, attestors } })
  })
  return documents.join("---\n")
}

export type Surroundings = { registry: Service; tuf?: TufRepository; tufCache?: Directory }

function judge(image: string, { registry, tuf, tufCache }: Surroundings): Container {
  const judge = dag
    .container()
    .from(image)
    .withUser("0") // the image's default user cannot create a folder
    .withEnvVariable("HOME", "/root")
    .withEnvVariable("TUF_ROOT", TUF_ROOT)
    .withServiceBinding(REGISTRY, registry)
  const reaching = tuf ? judge.withServiceBinding(TUF, tuf.service) : judge
  return tufCache ? reaching.withDirectory(TUF_ROOT, tufCache) : reaching
}

export type KyvernoInput = Surroundings & { policy: string; resources: object[] }

/** Kyverno's verdict on each resource, by `kind name`. */
export async function judgeByKyverno(input: KyvernoInput): Promise<Verdicts> {
  const applied = kyverno(input)
  const stdout = await applied.stdout()
  const report = stdout.split("\n").find((line) => line.startsWith("{"))
  if (!report && !/pass: 0, fail: 0|no results/i.test(stdout)) {
    throw new Error(`Kyverno wrote no report: ${stdout.slice(-2000)} ${(await applied.stderr()).slice(-2000)}`)
  }
  const { results = [] } = JSON.parse(report ?? "{}") as { results?: Result[] }
  return Object.fromEntries(
    (input.resources as { kind: string; metadata: { name: string } }[]).map(({ kind, metadata: { name } }) => {
      const own = results.filter(({ resources = [] }) =>
        resources.some((one) => one.kind === kind && one.name === name),
      )
      return [`${kind} ${name}`, verdictOf(own)]
    }),
  )
}

type Result = { result: string; message?: string; resources?: { kind: string; name: string }[] }

function verdictOf(results: Result[]): Verdicts[string] {
  const words = results.map(({ result, message = "" }) => `${result}: ${message}`).join("; ")
  const counted = results.filter(({ result }) => result !== "skip")
  if (counted.length === 0) return { verdict: "not judged", words }
  return { verdict: counted.every(({ result }) => result === "pass") ? "admitted" : "refused", words }
}

function kyverno({ policy, resources, ...surroundings }: KyvernoInput): Container {
  const report = ["--registry", "--policy-report", "--output-format", "json", "--remove-color"]
  return judge(KYVERNO_IMAGE, surroundings)
    .withNewFile(POLICY, policy)
    .withNewFile(RESOURCES, resources.map((resource) => stringify(resource)).join("---\n"))
    .withExec([KYVERNO, "apply", POLICY, "--resource", RESOURCES, ...report], { expect: ReturnType.Any })
}

/** The TUF cache after the first read, which both engines then use as the public instance's. */
export function tufCacheOf(input: KyvernoInput): Directory {
  return kyverno(input).directory(TUF_ROOT)
}

/** Judges one image after the other; a line each with the exit code and the output, which is empty if it is admitted. */
const ONE_BY_ONE = `for image in "$@"; do
  code=0
  out=$("$0" $OPTIONS --image "$image" 2>/tmp/log) || code=$?
  printf '%s\\t%s\\t%s\\t%s\\n' "$image" "$code" "$out" "$(tr '\\n\\t' '  ' </tmp/log | tail -c 600)"
done`

export type TesterInput = Surroundings & { policy: string; trustRoot?: string; images: string[] }

/** The verdict of policy-controller's tester on each image, by its reference. */
export async function judgeByController({ policy, trustRoot, images, ...rest }: TesterInput): Promise<Verdicts> {
  const options = ["--policy", POLICY, "--log-level", "error", ...(trustRoot ? ["--trustroot", TRUST_ROOT] : [])]
  const lines = await judge(TESTER_IMAGE, rest)
    .withNewFile(POLICY, policy)
    .withNewFile(TRUST_ROOT, trustRoot ?? "")
    .withEnvVariable("OPTIONS", options.join(" "))
    .withExec(["sh", "-c", ONE_BY_ONE, TESTER, ...images])
    .stdout()
  const verdicts = lines
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [image = "", code, words = "", log = ""] = line.split("\t")
      // a tester that fails also exits with 1, but without a list of errors
      if (code !== "0" && !words.startsWith("{"))
        throw new Error(`the tester broke at ${image}: ${code} ${words} ${log}`)
      return [image, { verdict: code === "0" ? "admitted" : "refused", words }] as const
    })
  return Object.fromEntries(verdicts)
}
