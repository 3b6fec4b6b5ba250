import { describe, expect, test } from "vitest"
import { spliceText } from "../../../lib/gitops/edit/splice.ts"
import { addElement } from "../../../lib/gitops/edit/yaml-element.ts"
import { parseYaml } from "../../../lib/gitops/edit/yaml-file.ts"

const fields: [string, string][] = [
  ["name", "web"],
  ["digest", "sha256:0a"],
]
const add = (text: string) => {
  const { splice, ...place } = addElement(parseYaml(text), { key: "images", fields })
  return { ...place, text: spliceText(text, [splice]) }
}

describe("an entry is added as the file has its others", () => {
  test.each([
    {
      name: "where there is no list yet, at the end",
      text: "resources:\n- a\n\n# patches:\n# - b\n",
      is: "resources:\n- a\n\n# patches:\n# - b\nimages:\n- name: web\n  digest: sha256:0a\n",
    },
    {
      name: "indented as the other lists",
      text: "resources:\n    - a",
      is: "resources:\n    - a\nimages:\n    - name: web\n      digest: sha256:0a",
    },
    {
      name: "behind the last entry, and behind its comment",
      text: "images:\n  # first\n  - name: a\n    newTag: v1 # said\n# last\nnamespace: x\n",
      is: "images:\n  # first\n  - name: a\n    newTag: v1 # said\n  - name: web\n    digest: sha256:0a\n# last\nnamespace: x\n",
      index: 1,
    },
    {
      name: "with carriage returns",
      text: "images:\r\n- name: a\r\nnamespace: x\r\n",
      is: "images:\r\n- name: a\r\n- name: web\r\n  digest: sha256:0a\r\nnamespace: x\r\n",
      index: 1,
    },
    {
      name: "below a key without a value, and its comment",
      text: "images: # none yet\nresources:\n  - a\n",
      is: "images: # none yet\n  - name: web\n    digest: sha256:0a\nresources:\n  - a\n",
    },
    { name: "in brackets", text: "images: []\n", is: "images: [{name: web, digest: sha256:0a}]\n" },
    {
      name: "in brackets behind another",
      text: "images: [{name: a} ] # said\n",
      is: "images: [{name: a}, {name: web, digest: sha256:0a} ] # said\n",
      index: 1,
    },
    {
      name: "in JSON",
      text: '{"resources": ["a"]}',
      is: '{"resources": ["a"], "images": [{"name": "web", "digest": "sha256:0a"}]}',
    },
  ])("$name", ({ text, is, index = 0 }) => {
    expect(add(text)).toEqual({ document: 0, at: ["images"], index, text: is })
  })
})

test.each(["", "- a\n", "images: web\n", "images: {web: v1}\n", "images: ~\n", "a: 1\n---\nb: 2\n"])(
  "%j has no room for one",
  (text) => expect(() => add(text)).toThrow(/^EDIT_INVALID: expected a file with a mapping that has a list images/),
)
