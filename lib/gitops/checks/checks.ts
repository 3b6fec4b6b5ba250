import type { Directory } from "@dagger.io/dagger"
import { dag } from "@dagger.io/dagger"
import { readSourceFile } from "../../config/file.ts"
import type { Run } from "../../engine/tool.ts"
import { SlipwayError } from "../../error.ts"
import type { BuildChange } from "../overlay/verdict.ts"
import type { BumpChange } from "../request.ts"
import { readAdmission, refusedImages } from "./admitted-images.ts"
import { parseConftest, runConftest } from "./conftest.ts"
import { parseKubeconform, runKubeconform } from "./kubeconform.ts"
import { hasPolicy, parseKyverno, runKyverno } from "./kyverno.ts"
import { parseMisconfig, runMisconfig } from "./misconfig.ts"
import type { KubeObject } from "./objects.ts"
import type { CheckOptions, Checks } from "./options.ts"
import { type Rendered, renderingText, renderPair } from "./render.ts"
import { planRenderings } from "./renderings.ts"
import { type Checker, type CheckReport, compareViolations, type Violation } from "./violations.ts"

/** What the bump changes, in the trees before and after. */
export type CheckedBump = {
  trees: { before: Directory; after: Directory }
  requested: BumpChange[]
  changes: BuildChange[]
  /** The address of the repository, which an Application's source may name. */
  remote: string
}

/** The kustomize image, which has a shell too, and the limits of the run. */
export type CheckRun = Checks & { shell: string; run: Run; deadline?: number }

/** The report, the manifests after the bump, and the paths that all of it depends on. */
export type CheckedManifests = { report: CheckReport; rendered: Rendered[]; reads: string[] }

/**
 * Renders the manifests before and after a bump, and checks both. The programs run side by side; those of the earlier
 * manifests run only where the later ones break a rule.
 */
export async function checkManifests(bump: CheckedBump, run: CheckRun): Promise<CheckedManifests> {
  const { trees, requested, changes, remote } = bump
  const { options, tools, shell, deadline } = run
  const planned = await planRenderings(trees.before, requested, options)
  const rendering = { kustomize: shell, helm: tools.helm, ...(deadline && { deadline }), remote }
  const pair = await renderPair(trees, planned.renderings, rendering)
  const [before, after] = [objectsOf(pair.before), objectsOf(pair.after)]
  const checkers = await openCheckers(trees.after, run)
  const found = after.length ? await Promise.all(checkers.map(({ check }) => check(after))) : []
  const violations = found.flatMap((one) => one.violations)
  const broken = new Set(violations.map(({ check }) => check))
  const earlier = before.length ? checkers.filter(({ name }) => broken.has(name)) : []
  const present = await Promise.all(earlier.map(({ check }) => check(before)))
  const compared = compareViolations({ before: present.flatMap((one) => one.violations), after: violations }, changes)
  return {
    report: {
      checks: checkers.map(({ name }) => name),
      rendered: [...new Set(pair.after.map((one) => renderingText(one.rendering)))],
      objects: after.length,
      ...compared,
      notes: [...planned.notes, ...pair.notes, ...unpublishedNote(run), ...found.flatMap(({ notes }) => notes)],
    },
    rendered: pair.after,
    reads: [...planned.reads, ...policyPaths(options), ...chartPaths(pair.after)],
  }
}

/** All objects of the renderings, each file name once. */
function objectsOf(all: Rendered[]): KubeObject[] {
  const taken = new Map<string, number>()
  return all
    .flatMap(({ objects }) => objects)
    .map((object) => {
      const count = (taken.get(object.file) ?? 0) + 1
      taken.set(object.file, count)
      return count === 1 ? object : { ...object, file: object.file.replace(/\.yaml$/, `.${count}.yaml`) }
    })
}

type Found = { violations: Violation[]; notes: string[] }
type OpenChecker = { name: Checker; check: (objects: KubeObject[]) => Promise<Found> }

/** The checkers of the options, with policies and schemas of the tree after the bump. */
async function openCheckers(tree: Directory, run: CheckRun): Promise<OpenChecker[]> {
  const { options, tools, shell } = run
  const { kubeconform, misconfig, conftest, kyverno, admission } = options
  const folder = async (setting: string, path: string) => await requireFolder(tree, setting, path)
  const checkers: (OpenChecker | undefined)[] = await Promise.all([
    kubeconform && openKubeconform(kubeconform, tree, run),
    misconfig && {
      name: "misconfig" as const,
      check: async (objects: KubeObject[]) => {
        const text = await runMisconfig(tools.trivy, manifestsOf(objects), misconfig.severity)
        return { violations: parseMisconfig(text, objects), notes: [] }
      },
    },
    conftest &&
      folder("conftest", conftest).then((policies) => ({
        name: "conftest" as const,
        check: async (objects: KubeObject[]) => {
          const manifests = manifestsOf(objects)
          return parseConftest(await runConftest({ image: tools.conftest, shell, manifests, policies }), objects)
        },
      })),
    kyverno && folder("kyverno", kyverno).then((policies) => openKyverno(policies, kyverno, run)),
    admission && !run.unpublished
      ? readAdmission(tree, admission).then((rules) => ({
          name: "admission" as const,
          check: async (objects: KubeObject[]) => ({ violations: await refusedImages(objects, rules, run), notes: [] }),
        }))
      : undefined,
  ]).then((all) => all.map((one) => one || undefined))
  return checkers.filter((one) => one !== undefined)
}

async function openKubeconform(
  options: NonNullable<CheckOptions["kubeconform"]>,
  tree: Directory,
  { tools, shell }: CheckRun,
): Promise<OpenChecker> {
  const own = options.schemas.map((path, at) => requireFolder(tree, `kubeconform.schemas[${at}]`, path))
  const schemas = [...(await Promise.all(own)), ...(tools.schemas ? [tools.schemas] : [])]
  return {
    name: "kubeconform",
    check: async (objects) => {
      const result = await runKubeconform(options, {
        image: tools.kubeconform,
        shell,
        manifests: manifestsOf(objects),
        schemas,
      })
      return { violations: parseKubeconform(result, objects), notes: [] }
    },
  }
}

async function openKyverno(policies: Directory, path: string, { tools, shell }: CheckRun): Promise<OpenChecker> {
  const yaml = (await policies.glob("**/*")).filter((file) => /\.ya?ml$/.test(file))
  const texts = await Promise.all(yaml.map(async (file) => ({ file, text: await readSourceFile(policies, file) })))
  const files = texts.flatMap(({ file, text }) => (hasPolicy(text) ? [file] : []))
  if (!files.length) throw noPolicies("kyverno", path, "no policy of Kyverno")
  return {
    name: "kyverno",
    check: async (objects) => {
      const manifests = manifestsOf(objects)
      return parseKyverno(await runKyverno({ image: tools.kyverno, shell, manifests, policies, files }), objects)
    },
  }
}

async function requireFolder(tree: Directory, setting: string, path: string): Promise<Directory> {
  if (await tree.exists(path)) return tree.directory(path)
  throw noPolicies(setting, path, "no such folder")
}

function noPolicies(setting: string, path: string, got: string): SlipwayError {
  return new SlipwayError("CHECKER_FAILED", {
    expected: `the folder ${path} of checks.${setting} in the GitOps repository`,
    got,
    fix: `Correct checks.${setting}, or commit the folder. Nothing was pushed.`,
  })
}

/** One file for each object, so that every program's report names the object. */
function manifestsOf(objects: KubeObject[]): Directory {
  return objects.reduce((folder, { file, text }) => folder.withNewFile(file, text), dag.directory())
}

function unpublishedNote({ options, unpublished }: CheckRun): string[] {
  if (!options.admission || !unpublished) return []
  return ["the admission policy is checked when the image is published and signed"]
}

function policyPaths({ kubeconform, conftest, kyverno, admission }: CheckOptions): string[] {
  return [...(kubeconform?.schemas ?? []), conftest, kyverno, admission].filter((path) => path !== undefined)
}

function chartPaths(rendered: Rendered[]): string[] {
  return rendered.flatMap(({ rendering }) => {
    if (rendering.kind !== "helm") return [rendering.path]
    return [rendering.chart, ...rendering.values.flatMap((one) => ("file" in one ? [one.file] : []))]
  })
}
