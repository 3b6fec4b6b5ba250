import { describe, expect, test } from "vitest"
import { compareBuilds, imagesOf, parseManifests } from "../../../lib/gitops/overlay/manifests.ts"

const deployment = (image: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 2
  template:
    spec:
      initContainers:
      - image: acme/migrate:v1
        name: migrate
      containers:
      - image: ${image}
        name: web
      - image: acme/proxy
        name: proxy
`
const service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n"

function changes(before: string, after: string) {
  return compareBuilds(parseManifests(before), parseManifests(after))
}

describe("compares what two builds render", () => {
  test("the same is no change", () => {
    expect(changes(deployment("a"), deployment("a"))).toEqual([])
  })

  test("one image, by the container's name", () => {
    expect(changes(deployment("a:v1"), deployment("a:v2"))).toEqual([
      { object: "Deployment/shop/web", field: ".spec.template.spec.containers[web].image", from: "a:v1", to: "a:v2" },
    ])
  })

  test("the order of objects and keys does not count", () => {
    expect(changes(`${deployment("a")}---\n${service}`, `${service}---\n${deployment("a")}`)).toEqual([])
  })

  test("an object that came and one that went", () => {
    expect(changes(service, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n")).toEqual([
      { object: "ConfigMap/x", field: ".apiVersion", to: "v1" },
      { object: "ConfigMap/x", field: ".kind", to: "ConfigMap" },
      { object: "ConfigMap/x", field: ".metadata.name", to: "x" },
      { object: "Service/web", field: ".apiVersion", from: "v1" },
      { object: "Service/web", field: ".kind", from: "Service" },
      { object: "Service/web", field: ".metadata.name", from: "web" },
    ])
  })

  test("a text and a number that look alike are different", () => {
    expect(changes("kind: A\nx: 1\n", 'kind: A\nx: "1"\n')).toEqual([])
    expect(changes("kind: A\nx: 1\n", "kind: A\nx: 2\n")).toHaveLength(1)
  })

  test("items without names are told apart by place", () => {
    expect(changes("kind: A\nargs: [x, y]\n", "kind: A\nargs: [x, z]\n")).toEqual([
      { object: "A/?", field: ".args[1]", from: "y", to: "z" },
    ])
  })

  test("two objects of one kind and name do not hide each other", () => {
    const two = (image: string) =>
      `kind: Job\nmetadata: {name: a}\n---\nkind: Job\nmetadata: {name: a}\nimage: ${image}\n`
    expect(changes(two("x"), two("y"))).toEqual([{ object: "Job/a#2", field: ".image", from: "x", to: "y" }])
  })
})

test("lists each image once, wherever the field is", () => {
  const custom = "kind: Widget\nmetadata: {name: w}\nspec: {runtime: {image: acme/runtime:v3}}\n"
  expect(imagesOf(parseManifests(`${deployment("acme/web:v1")}---\n${custom}`))).toEqual([
    "acme/migrate:v1",
    "acme/proxy",
    "acme/runtime:v3",
    "acme/web:v1",
  ])
})

test("what is no YAML is an error, never an empty build", () => {
  expect(() => parseManifests("a: [")).toThrow("OVERLAY_INVALID: expected manifests from kustomize build")
})

test("manifests with hundreds of aliases are read, and an alias of nothing is told", () => {
  const list = Array.from({ length: 150 }, () => "*x").join(", ")
  const text = (x: string) => `kind: A\nmetadata: {name: a}\nx: &x {image: ${x}}\nlist: [${list}]\n`
  expect(compareBuilds(parseManifests(text("a")), parseManifests(text("b")))).toEqual([
    { object: "A/a", field: ".x.image", from: "a", to: "b" },
  ])
  expect(() => parseManifests("kind: *none\n")).toThrow(
    /^OVERLAY_INVALID: expected manifests from kustomize build, got Unresolved/,
  )
})
