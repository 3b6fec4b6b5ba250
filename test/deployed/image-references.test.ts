import { describe, expect, test } from "vitest"
import { parseImage, referencesIn, withoutReplaced } from "../../lib/deployed/image-references.ts"

const digest = `sha256:${"0a".repeat(32)}`
const other = `sha256:${"0b".repeat(32)}`
const APP = { name: "ghcr.io/acme/app", digest }
const TAGGED = { name: "ghcr.io/acme/app", tag: "1.2" }

describe("the images of a file", () => {
  test.each<{ name: string; path?: string; text: string; images: object[] }>([
    {
      name: "a container by digest",
      text: `containers: [{ name: app, image: "ghcr.io/acme/app@${digest}" }]`,
      images: [APP],
    },
    {
      name: "a container with tag and digest, of which the digest counts",
      text: `containers: [{ image: "ghcr.io/acme/app:1.2@${digest}" }]`,
      images: [{ ...APP, tag: "1.2" }],
    },
    {
      name: "a container by tag",
      text: "containers: [{ name: app, image: 'ghcr.io/acme/app:1.2' }]",
      images: [TAGGED],
    },
    {
      name: "a container of Docker Hub without a tag",
      text: "initContainers: [{ image: nginx }]",
      images: [{ name: "docker.io/library/nginx" }],
    },
    { name: "no bare word that is no container", text: "image: nginx\nname: web\n", images: [] },
    {
      name: "a kustomization's entry",
      path: "prod/kustomization.yaml",
      text: `images: [{ name: app, newName: ghcr.io/acme/app, digest: "${digest}" }, { name: b.example/c, newTag: "7" }]`,
      images: [APP, { name: "b.example/c", tag: "7" }],
    },
    {
      name: "Helm values with repository, tag and digest",
      text: `image: { repository: ghcr.io/acme/app, tag: "1.2", digest: "${digest}" }`,
      images: [{ ...APP, tag: "1.2" }],
    },
    { name: "Helm values with a tag", text: "image: { repository: ghcr.io/acme/app, tag: '1.2' }", images: [TAGGED] },
    {
      name: "Helm values with a registry",
      text: `image: { registry: ghcr.io, repository: acme/app, digest: "${digest}" }`,
      images: [APP],
    },
    {
      name: "a digest in the tag",
      text: `image: { repository: ghcr.io/acme/app, tag: "1.2@${digest}" }`,
      images: [{ ...APP, tag: "1.2" }],
    },
    {
      name: "prefixed keys",
      text: `webImage: ghcr.io/acme/app\nwebImageTag: "1.2"\njobImage: "ghcr.io/acme/app@${other}"\n`,
      images: [{ ...APP, digest: other }, TAGGED],
    },
    {
      name: "a text with a digest under any key",
      text: `args: ["--runner=ghcr.io/acme/app@${digest}"]`,
      images: [APP],
    },
    {
      name: "no chart with a version",
      text: "name: redis\nversion: 1.2.3\nrepository: https://charts.example",
      images: [],
    },
    { name: "no commented digest", text: `# ghcr.io/acme/app@${digest}\na: 1\n`, images: [] },
    { name: "an environment file", path: ".env", text: `IMAGE=ghcr.io/acme/app@${digest}\n`, images: [APP] },
    {
      name: "a template that is not YAML",
      text: `{{- if .Values.on }}\nimage: ghcr.io/acme/app@${digest}\n{{ end }}`,
      images: [APP],
    },
    { name: "no placeholder of a template", text: 'containers: [{ image: "{{ .Values.image }}:1" }]', images: [] },
    {
      name: "JSON",
      path: "a.json",
      text: JSON.stringify({ spec: { image: "ghcr.io/acme/app:1.2" } }),
      images: [TAGGED],
    },
    {
      name: "several documents",
      text: `image: ghcr.io/acme/app:1.2\n---\nimage: b.example/c:7\n`,
      images: [TAGGED, { name: "b.example/c", tag: "7" }],
    },
  ])("contain $name", ({ path = "values.yaml", text, images }) => {
    expect(referencesIn(path, text).images).toEqual(images)
  })

  test("leave a digest without a name to the history", () => {
    expect(referencesIn("a.env", `DIGEST=${digest}\n`)).toEqual({ images: [], unnamed: [digest], replaced: [] })
    expect(referencesIn("a.yaml", `chart: { ref: { digest: "${digest}" } }`).unnamed).toEqual([digest])
    expect(referencesIn("a.yaml", `image: a.example/b@${digest}`).unnamed).toEqual([])
  })
})

test("a name that a kustomization replaces counts only with its replacement", () => {
  const files = [
    { path: "base/app.yaml", text: "containers: [{ image: app }, { image: 'b.example/c:1' }]" },
    {
      path: "prod/kustomization.yaml",
      text: `images: [{ name: app, newName: ghcr.io/acme/app, digest: "${digest}" }]`,
    },
  ]
  const found = files.map(({ path, text }) => ({ path, found: referencesIn(path, text) }))
  expect(withoutReplaced(found).map(({ found: { images } }) => images)).toEqual([
    [{ name: "b.example/c", tag: "1" }],
    [APP],
  ])
})

test.each([
  { text: "nginx:1", name: "docker.io/library/nginx", tag: "1" },
  { text: "acme/app", name: "docker.io/acme/app" },
  { text: "localhost:5000/a:b", name: "localhost:5000/a", tag: "b" },
  { text: "registry.acme.example:5000/team/app:1", name: "registry.acme.example:5000/team/app", tag: "1" },
])("reads $text as a cluster does", ({ text, ...image }) => {
  expect(parseImage(text)).toEqual(image)
})
