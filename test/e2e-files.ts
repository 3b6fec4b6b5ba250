import { fileURLToPath } from "node:url"

/** The optional parts of the test engine that an end-to-end test file needs: names for `test/engine/up --with=`. */
type Parts = Record<string, readonly string[]>

/**
 * The test files in `test/e2e/` that only `npm run test:long` and CI run: they start an engine of their own, search or kill
 * it, need a part that takes long to build, or take long with what other tests of `npm test` touch too.
 *
 * A new long file is one line here, with the parts that it needs and that test/engine/steps/steps.mjs declares `optional`;
 * nothing else has to be changed. `npm test -- --long` builds their parts and those of SHORT, `npm test` those of SHORT, and a
 * file whose part is not built fails at once with the command that builds it (see parts-built.ts).
 */
export const LONG: Parts = {
  "no-secret-anywhere": [],
  "ship-killed": [],
  "ship-engines": [],
  "new-user-samples": [],
  "init-more-shapes": [],
  "ci-jobs": ["fulcio", "timestamp-server", "rekor-server"],
  docs: [],
  "ship-results": [],
  "ship-cache-registry": [],
  "ship-faults": [],
  "ship-keyless": ["fulcio", "timestamp-server", "rekor-server"],
  "ship-layout": [],
  "ship-preview": [],
  "ship-services-apart": [],
  "ship-smoke": [],
  "ship-tags": [],
  "ci-examples": ["actionlint", "fulcio", "timestamp-server", "rekor-server"],
  "consumer-modules": [],
  "dockerfile-oracle": [],
  "gitops-faults": [],
  "gitops-signing": [],
  "init-shapes": [],
  "local-defaults": [],
  "moving-base": [],
  "retention-prune": [],
  "settings-order": [],
  silence: [],
  "sign-call": [],
  "sign-faults": [],
  "sign-verifiers": ["fulcio", "timestamp-server", "rekor-server"],
  "test-call": [],
  "wait-for-sync": [],
  "sdk-runtime": [],
  "test-ecosystems": ["maven", "rust"],
}

/**
 * The long files whose parts nothing but `test/engine/up --with=` builds: with them, CI would exceed its time on a machine that
 * begins empty. `npm test -- --long` runs those whose parts are built, and names the others.
 */
export const IF_BUILT: Parts = {
  "engine-chart": ["helm", "kubernetes"],
  kubernetes: ["kubernetes"],
  "ship-sync": ["kubernetes"],
  "gitops-kyverno": ["kyverno"],
  "policy-engines": ["kyverno", "policy-tester", "fulcio", "timestamp-server"],
  "ship-canary": ["kubernetes", "argo-rollouts"],
  "admission-webhook": ["kubernetes", "policy-webhook", "kyverno-webhook", "fulcio", "timestamp-server"],
  "story-flux": ["kubernetes", "flux", "policy-webhook"],
  "story-argo-cd": ["kubernetes", "argo-cd", "policy-webhook"],
  "wait-for-flux": ["kubernetes", "flux"],
  "wait-for-argo-cd": ["kubernetes", "argo-cd"],
  "forge-gitea": ["gitea"],
  "forge-gitea-access": ["gitea"],
  "preview-gitea": ["gitea"],
  "registry-gitea": ["gitea"],
}

/**
 * The files of `npm test` whose tests run there on one kind of registry, and in `npm run test:long` on the other: they use
 * REGISTRY_OF_RUN.
 */
export const ON_TWO_REGISTRIES = ["sign-batch", "sign-release"]

/** The files of `npm test` that need optional parts; those that need none are not listed. */
export const SHORT: Parts = {
  "containerd-mirror": ["containerd"],
  "gitops-bump": ["helm"],
  "gitops-checks": ["helm", "kubeconform", "conftest"],
  "gitops-helm": ["helm"],
  "policy-conftest": ["conftest"],
  "ship-chart": ["helm"],
  "sign-keyless": ["fulcio", "timestamp-server"],
  "sign-rekor": ["fulcio", "timestamp-server", "rekor-server"],
}

/** Where a file of the tables is. */
export function pathOf(name: string): string {
  return `test/e2e/${name}.test.ts`
}

/** The parts that the files of some tables need, each once. */
export function partsOf(...tables: Parts[]): string[] {
  return [...new Set(tables.flatMap((table) => Object.values(table).flat()))]
}

/** What each file needs. */
export const ALL: Parts = { ...SHORT, ...LONG, ...IF_BUILT }

// for test/all: prints the parts of `npm test`, and with --long those of LONG too
if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(partsOf(SHORT, ...(process.argv[2] === "--long" ? [LONG] : [])).join(","))
