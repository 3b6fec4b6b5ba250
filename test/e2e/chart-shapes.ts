/** A chart that composes its image as public charts do, and what it must render after a bump. */
export type ChartShape = {
  name: string
  values: string
  /** The image in the chart's template. */
  template: string
  edit: string
  /** Text between repository and digest; default none. */
  tag?: string
}

export const REPOSITORY = "registry.example/acme/web"
const OLD = `sha256:${"1".repeat(64)}`

/** The compositions are those of public charts; values and names are invented. */
export const CHART_SHAPES: ChartShape[] = [
  {
    name: "created",
    values: `image:\n  repository: ${REPOSITORY}\n  pullPolicy: IfNotPresent\n  # Overrides the image tag whose default is the chart appVersion.\n  tag: ""\n`,
    template: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}",
    edit: "helm:image",
    tag: "v2",
  },
  {
    name: "comment",
    values: `image:\n  repository: ${REPOSITORY}\n  tag: # set by CI\n`,
    template: '{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}',
    edit: "helm:image",
    tag: "v2",
  },
  {
    name: "digest",
    values: `image:\n  repository: ${REPOSITORY}\n  tag: v1\n  digest:  # by CI\n`,
    template:
      "{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag }}{{ end }}",
    edit: "helm:image",
  },
  {
    name: "registry",
    values: "image:\n  registry: docker.io\n  repository: acme/old\n  tag: 1.0.0\n  digest: ''\n",
    template:
      '{{ with .Values.image }}{{ printf "%s/%s%s" .registry .repository (ternary (printf "@%s" .digest) (printf ":%s" .tag) (ne .digest "")) }}{{ end }}',
    edit: "helm:image",
  },
  {
    name: "tag-and-digest",
    values: `image: {registry: registry.example, repository: acme/web, tag: v1@${OLD}, digest: ""}\n`,
    template:
      "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}@{{ .Values.image.digest }}",
    edit: "helm:image",
    tag: "v2",
  },
  {
    name: "hash",
    values: `image:\n  repository: ${REPOSITORY}\n  tag: v1\n  sha: ""\n`,
    template:
      "{{ .Values.image.repository }}:{{ .Values.image.tag }}{{ if .Values.image.sha }}@sha256:{{ .Values.image.sha }}{{ end }}",
    edit: "helm:image",
    tag: "v2",
  },
  {
    name: "sign-in-digest",
    values: `image:\n  repository: ${REPOSITORY}\n  digest: "@${OLD}"\n`,
    template: "{{ .Values.image.repository }}{{ .Values.image.digest }}",
    edit: "helm:image",
  },
  {
    name: "digest-in-tag",
    values: `image:\n  repository: ${REPOSITORY}@sha256\n  tag: ${OLD.slice(7)}\n`,
    template: "{{ .Values.image.repository }}:{{ .Values.image.tag }}",
    edit: "helm:image",
  },
  {
    name: "digest-as-tag",
    values: `image:\n  repository: ${REPOSITORY}\n  tag: ${OLD}\n`,
    template:
      '{{ .Values.image.repository }}{{ ternary "@" ":" (hasPrefix "sha256:" .Values.image.tag) }}{{ .Values.image.tag }}',
    edit: "helm:image",
  },
  { name: "text", values: `image: ${REPOSITORY}:v1\n`, template: "{{ .Values.image }}", edit: "helm:image", tag: "v2" },
  {
    name: "text-image-tag",
    values: `image: "${REPOSITORY}"\nimageTag: "v1"\nimagePullPolicy: Always\n`,
    template: "{{ .Values.image }}:{{ .Values.imageTag }}",
    edit: "helm:image",
    tag: "v2",
  },
  {
    name: "text-tag",
    values: `web:\n  image: ${REPOSITORY}\n  tag: v1\n`,
    template: "{{ .Values.web.image }}:{{ .Values.web.tag }}",
    edit: "helm:web.image",
    tag: "v2",
  },
  {
    name: "text-version",
    values: `image: old.example/acme/web\nversion: 1.10\n`,
    template: "{{ .Values.image }}:{{ .Values.version }}",
    edit: "helm:image",
    tag: "v2",
  },
  {
    name: "text-own-tag",
    values: `webImage: ${REPOSITORY}\nwebImageTag: v1\napiImage: registry.example/acme/api\napiImageTag: v1\n`,
    template: "{{ .Values.webImage }}:{{ .Values.webImageTag }}",
    edit: "helm:webImage",
    tag: "v2",
  },
  {
    name: "text-digest",
    values: `image: ${REPOSITORY}\nimageTag: v1\nimageDigest: ""\n`,
    template: "{{ .Values.image }}:{{ .Values.imageTag }}{{ with .Values.imageDigest }}@{{ . }}{{ end }}",
    edit: "helm:image",
    tag: "v2",
  },
  {
    name: "text-registry",
    values: "registry: registry.example\nimage: acme/web\ntag: v1\n",
    template: "{{ .Values.registry }}/{{ .Values.image }}:{{ .Values.tag }}",
    edit: "helm:image",
    tag: "v2",
  },
  {
    name: "repository-and-name",
    values: "image: { repository: registry.example/acme, name: web, tag: v1, digest: '' }\n",
    template: "{{ .Values.image.repository }}/{{ .Values.image.name }}@{{ .Values.image.digest }}",
    edit: "helm:image",
  },
  {
    name: "repository-and-image",
    values: "image:\n  repository: registry.example/acme\n  image: web\n  tag: v1\n",
    template: "{{ .Values.image.repository }}/{{ .Values.image.image }}:{{ .Values.image.tag }}",
    edit: "helm:image",
    tag: "v2",
  },
  {
    name: "organisation",
    values: "image: { registry: registry.example, org: acme, repository: web, tag: v1 }\n",
    template:
      "{{ .Values.image.registry }}/{{ .Values.image.org }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}",
    edit: "helm:image",
    tag: "v2",
  },
  {
    name: "component",
    values: "web: { imageRepository: old.example/acme/web, imageTag: v1 }\n",
    template: "{{ .Values.web.imageRepository }}:{{ .Values.web.imageTag }}",
    edit: "helm:web",
    tag: "v2",
  },
  {
    name: "hub",
    values: "pilot: { hub: registry.example/acme, image: web, tag: v1 }\n",
    template:
      '{{ with .Values.pilot }}{{ if contains "/" .image }}{{ .image }}{{ else }}{{ .hub }}/{{ .image }}:{{ .tag }}{{ end }}{{ end }}',
    edit: "helm:pilot",
    tag: "v2",
  },
  {
    name: "registry-with-slash",
    values: "image:\n  registry: docker.io/\n  repository: acme/old\n  tag: &tag v1\n",
    template: "{{ .Values.image.registry }}{{ .Values.image.repository }}:{{ .Values.image.tag }}",
    edit: "helm:image",
    tag: "v2",
  },
  {
    name: "whole-below-registry",
    values: "image:\n  registry: docker.io\n  name: acme/old:v1\n",
    template: "{{ .Values.image.registry }}/{{ .Values.image.name }}",
    edit: "helm:image",
    tag: "v2",
  },
  {
    name: "snake",
    values: `image_name: ${REPOSITORY}\nimage_tag: ~\n`,
    template: "{{ .Values.image_name }}:{{ .Values.image_tag }}",
    edit: "helm:image_name",
    tag: "v2",
  },
  {
    name: "list",
    values: `containers:\n- name: proxy\n  image: proxy:1\n- name: app\n  image: ${REPOSITORY}\n  version: v1\n`,
    template: "{{ with index .Values.containers 1 }}{{ .image }}:{{ .version }}{{ end }}",
    edit: "helm:containers[name=app]",
    tag: "v2",
  },
  {
    name: "anchor",
    values: `image: &image\n  repository: ${REPOSITORY}\n  tag:\nweb: { image: *image }\n`,
    template: "{{ .Values.web.image.repository }}:{{ .Values.web.image.tag }}",
    edit: "helm:&image",
    tag: "v2",
  },
]

/** The chart's files, by path in its folder. */
export function chartFiles({ name, values, template }: ChartShape): Record<string, string> {
  return {
    "Chart.yaml": `apiVersion: v2\nname: ${name}\nversion: 0.1.0\nappVersion: "1.0"\n`,
    "values.yaml": values,
    "templates/pod.yaml": `apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers:\n    - name: web\n      image: "${template}"\n`,
  }
}
