import { describe, expect, test } from "vitest"
import { containerImages, isObject, splitObjects } from "../../../lib/gitops/checks/objects.ts"

describe("objects of rendered manifests", () => {
  const names = (text: string) => splitObjects(text, "app").map(({ name, file }) => `${name} ${file}`)

  test.each([
    { name: "one document", text: "kind: Pod\nmetadata: { name: a }\n", objects: ["Pod/a Pod_a.yaml"] },
    {
      name: "several documents with comments and empty ones",
      text: "# only a comment\n---\nkind: Pod\nmetadata: { name: a, namespace: n }\n---\n---\nkind: Service\nmetadata: { name: a }\n",
      objects: ["Pod/n/a Pod_n_a.yaml", "Service/a Service_a.yaml"],
    },
    {
      name: "a list",
      text: "kind: List\nitems:\n- { kind: Pod, metadata: { name: a } }\n- { kind: Pod, metadata: { name: b } }\n",
      objects: ["Pod/a Pod_a.yaml", "Pod/b Pod_b.yaml"],
    },
    {
      name: "two of one name, in different API groups",
      text: "kind: Job\nmetadata: { name: a }\n---\nkind: Job\nmetadata: { name: a }\n",
      objects: ["Job/a Job_a.yaml", "Job/a#2 Job_a_2.yaml"],
    },
    {
      name: "an object without kind, which a cluster refuses",
      text: "metadata: { name: a }\n",
      objects: ["?/a _a.yaml"],
    },
    {
      name: "one with a generated name",
      text: "kind: Job\nmetadata: { generateName: a- }\n",
      objects: ["Job/a- Job_a-.yaml"],
    },
    { name: "nothing", text: "", objects: [] },
  ])("are those of $name", ({ text, objects }) => expect(names(text)).toEqual(objects))

  test("keep the text of their values, because yes and 0755 are other values for YAML 1.1", () => {
    const text = 'kind: ConfigMap\ndata:\n  plain: yes\n  quoted: "yes"\n  mode: 0755\n'
    expect(splitObjects(text, "app")[0]?.text).toBe(text)
    const list = `kind: List\nitems:\n  - kind: ConfigMap\n    data:\n      plain: yes\n      quoted: "yes"\n`
    expect(splitObjects(list, "app")[0]?.text).toBe('kind: ConfigMap\ndata:\n  plain: yes\n  quoted: "yes"\n')
  })

  test("are refused if the YAML is invalid", () => {
    expect(() => splitObjects("kind: [", "kustomize build prod")).toThrow(
      "CHECKER_FAILED: expected Kubernetes manifests in the rendered kustomize build prod, got ",
    )
  })
})

test("recognises objects by apiVersion and kind", () => {
  expect([{ apiVersion: "v1", kind: "Pod" }, { kind: "Pod" }, { image: "x" }, null].map(isObject)).toEqual([
    true,
    false,
    false,
    false,
  ])
})

test("finds the images of pods at any depth, and no other field named image", () => {
  const spec = { containers: [{ image: "a" }, { name: "none" }], initContainers: [{ image: "b" }] }
  const value = {
    image: "not a container",
    spec: { jobTemplate: { spec: { template: { spec } } }, ephemeralContainers: [{ image: "c" }] },
  }
  expect(containerImages(value)).toEqual(["a", "b", "c"])
})
