import { type Container, dag } from "@dagger.io/dagger"

/** A bundle to verify, and what is asked of it. */
export type VerifierCase = {
  // biome-ignore lint/suspicious/noExplicitAny: tests change any field of a bundle
  bundle: any
  digest: string
  predicateType: string
  proofs: { logs: number; timestamps: number }
  key?: string
  trustedRoot?: object
  identity?: string
  issuer?: string
}

/** A verdict on each case: "accepted", or the verifier's reason. */
export type Verifier = (cases: VerifierCase[]) => Promise<string[]>

const FOLDER = new URL("../fixtures/sigstore-verifiers", import.meta.url).pathname
const CASES = "/cases.json"

/** Sigstore's own JavaScript library, with the versions of its lock file; it reads keys and certificates. */
export const sigstoreJs: Verifier = (cases) => {
  const files = dag.host().directory(FOLDER, { include: ["package*.json", "verify.mjs"] })
  const node = dag
    .container()
    .from("node:24-slim")
    .withDirectory("/verifier", files)
    .withWorkdir("/verifier")
    .withExec(["npm", "ci", "--no-audit", "--no-fund"])
  return verdicts(node, { command: ["node", "verify.mjs"], cases })
}

/** Sigstore's own Python library; it reads certificates, and requires a log's entry. */
export const sigstorePython: Verifier = (cases) => {
  const python = dag
    .container()
    .from("python:3.11-slim")
    .withExec(["pip", "install", "--quiet", "--root-user-action=ignore", "sigstore==4.5.1"])
    .withFile("/verify.py", dag.host().file(`${FOLDER}/verify.py`))
  return verdicts(python, { command: ["python3", "/verify.py"], cases })
}

type Run = { command: string[]; cases: VerifierCase[] }

async function verdicts(container: Container, { command, cases }: Run): Promise<string[]> {
  const output = container.withNewFile(CASES, JSON.stringify(cases)).withExec([...command, CASES])
  return JSON.parse(await output.stdout()) as string[]
}
