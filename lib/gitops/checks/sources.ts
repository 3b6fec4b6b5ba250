import { posix } from "node:path"
import { stringify } from "yaml"
import { z } from "zod"
import { isObject, type KubeObject, metadataOf } from "./objects.ts"

/** How manifests are made: a kustomize overlay, a Helm chart with its values, or a file of manifests. */
export type Rendering =
  | { kind: "kustomize"; path: string; options: string[]; images?: string[] }
  | {
      kind: "helm"
      path: string
      chart: string
      release: string
      namespace: string
      values: HelmValues[]
      parameters?: string[]
    }
  | { kind: "file"; path: string }

/** A values file of the repository, or values of an object. */
export type HelmValues = { file: string } | { text: string }

/** Where an object's manifests come from; a note says why they cannot be rendered here. */
export type Source = { renderings: Rendering[]; notes: string[] }

/** A repository's paths and address, to find what an object names. */
export type SourceTree = { files: Set<string>; remote: string }

/** The renderings of a Flux HelmRelease or an Argo CD Application; nothing for any other object. */
export function sourceOf(object: Pick<KubeObject, "name" | "value">, tree: SourceTree): Source | undefined {
  const { value } = object
  const kind = isObject(value) && `${String(value["apiVersion"]).split("/")[0]} ${value["kind"]}`
  if (kind === "helm.toolkit.fluxcd.io HelmRelease") return helmRelease(object, tree)
  if (kind === "argoproj.io Application") return application(object, tree)
  return undefined
}

const HelmRelease = z.object({
  spec: z.object({
    releaseName: z.string().optional(),
    targetNamespace: z.string().optional(),
    values: z.record(z.string(), z.unknown()).nullish(),
    valuesFrom: z.array(z.unknown()).nullish(),
    chart: z
      .object({
        spec: z.object({
          chart: z.string(),
          sourceRef: z.object({ kind: z.string() }),
          valuesFiles: z.array(z.string()).nullish(),
        }),
      })
      .optional(),
  }),
})

// https://fluxcd.io/flux/components/helm/helmreleases/
function helmRelease({ name, value }: Pick<KubeObject, "name" | "value">, { files }: SourceTree): Source {
  const spec = HelmRelease.safeParse(value).data?.spec
  const chart = spec?.chart?.spec
  const folder = chart && posix.normalize(chart.chart).replace(/\/$/, "")
  if (!folder || chart.sourceRef.kind !== "GitRepository" || !files.has(posix.join(folder, "Chart.yaml"))) {
    return notRendered(name, "its chart is not in this repository")
  }
  if (spec.valuesFrom?.length) return notRendered(name, "it has values from objects of the cluster (valuesFrom)")
  const { namespace: own = "default", name: plain = "release" } = metadataOf(value)
  const { targetNamespace } = spec
  return rendered({
    kind: "helm",
    path: name,
    chart: folder,
    release: spec.releaseName ?? (targetNamespace ? `${targetNamespace}-${plain}` : plain),
    namespace: targetNamespace ?? own,
    values: [
      ...(chart.valuesFiles ?? []).map((file) => ({ file: posix.normalize(file) })),
      ...(spec.values ? [{ text: stringify(spec.values) }] : []),
    ],
  })
}

const Helm = z.object({
  releaseName: z.string().optional(),
  valueFiles: z.array(z.string()).nullish(),
  values: z.string().optional(),
  valuesObject: z.record(z.string(), z.unknown()).nullish(),
  parameters: z
    .array(z.object({ name: z.string(), value: z.string().default(""), forceString: z.boolean().optional() }))
    .nullish(),
})
const ArgoSource = z.object({
  repoURL: z.string(),
  path: z.string().optional(),
  helm: Helm.nullish(),
  kustomize: z.object({ images: z.array(z.string()).nullish() }).nullish(),
})
type ArgoSource = z.infer<typeof ArgoSource>
const Application = z.object({
  spec: z.object({
    source: ArgoSource.optional(),
    sources: z.array(ArgoSource).nullish(),
    destination: z.object({ namespace: z.string().optional() }).default({}),
  }),
})

// https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/
function application({ name, value }: Pick<KubeObject, "name" | "value">, tree: SourceTree): Source {
  const spec = Application.safeParse(value).data?.spec
  const sources = spec?.sources?.length ? spec.sources : spec?.source ? [spec.source] : []
  if (!spec || sources.length === 0) return notRendered(name, "it names no source")
  const { name: release = "release" } = metadataOf(value)
  const all = sources.map((source) =>
    argoSource(source, { name, release, namespace: spec.destination.namespace ?? "default", tree }),
  )
  return { renderings: all.flatMap(({ renderings }) => renderings), notes: all.flatMap(({ notes }) => notes) }
}

type Owner = { name: string; release: string; namespace: string; tree: SourceTree }

function argoSource({ repoURL, path, helm, kustomize }: ArgoSource, { name, release, namespace, tree }: Owner): Source {
  const folder = posix.normalize(path ?? ".").replace(/\/$/, "")
  if (!isSameRemote(repoURL, tree.remote)) return notRendered(name, `its source ${repoURL} is another repository`)
  const has = (file: string) => tree.files.has(posix.join(folder, file))
  if (has("Chart.yaml")) {
    const files = (helm?.valueFiles ?? []).map((file) => posix.join(folder, file))
    const outside = files.find((file) => !tree.files.has(file))
    if (outside) return notRendered(name, `its values file ${outside} is not in this repository`)
    const parameters = (helm?.parameters ?? []).flatMap((one) => [
      one.forceString ? "--set-string" : "--set",
      `${one.name}=${one.value.replaceAll(",", "\\,")}`,
    ])
    return rendered({
      kind: "helm",
      path: name,
      chart: folder,
      release: helm?.releaseName ?? release,
      namespace,
      values: [
        ...files.map((file) => ({ file })),
        ...(helm?.valuesObject
          ? [{ text: stringify(helm.valuesObject) }]
          : helm?.values
            ? [{ text: helm.values }]
            : []),
      ],
      ...(parameters.length && { parameters }),
    })
  }
  if (["kustomization.yaml", "kustomization.yml", "Kustomization"].some(has)) {
    const images = kustomize?.images ?? []
    return rendered({ kind: "kustomize", path: folder, options: [], ...(images.length && { images }) })
  }
  return notRendered(name, `${folder} has neither a chart nor a kustomization`)
}

function rendered(rendering: Rendering): Source {
  return { renderings: [rendering], notes: [] }
}

function notRendered(name: string, why: string): Source {
  return { renderings: [], notes: [`${name} is not rendered: ${why}`] }
}

/** Whether two addresses, over HTTPS or SSH, are of one repository. */
export function isSameRemote(one: string, other: string): boolean {
  return plainRemote(one) === plainRemote(other)
}

function plainRemote(url: string): string {
  return url
    .replace(/^[a-z+]+:\/\//, "")
    .replace(/^[^@/]*@/, "")
    .replace(/^([^/:]+):(?!\d+\/)/, "$1/")
    .replace(/^([^/]+):\d+\//, "$1/")
    .replace(/\.git\/?$|\/$/, "")
    .toLowerCase()
}

/** The arguments of helm, with the paths of values that are not files of the repository. */
export function helmArgs(
  { chart, release, namespace, values, parameters = [] }: Extract<Rendering, { kind: "helm" }>,
  { texts, dependencies }: { texts: string[]; dependencies: boolean },
): string[] {
  const paths = [...texts]
  const files = values.flatMap((one) => ["--values", "file" in one ? one.file : (paths.shift() ?? "")])
  return [
    ...["helm", "template", release, chart, "--namespace", namespace, ...files, ...parameters],
    ...(dependencies ? ["--dependency-update"] : []),
  ]
}

/** An overlay on the folder, with an Application's images: `[name=]repository[:tag][@digest]`. */
export function imagesOverlay(resource: string, images: string[]): string {
  const entries = images.map((text) => {
    const [, alias, image = ""] = text.match(/^(?:([^=]+)=)?(.+)$/) ?? []
    const [, newName = "", newTag, digest] = image.match(/^(.+?)(?::([^/@:]+))?(?:@(.+))?$/) ?? []
    return { name: alias ?? newName, newName, ...(newTag && { newTag }), ...(digest && { digest }) }
  })
  return stringify({
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: [resource],
    images: entries,
  })
}
