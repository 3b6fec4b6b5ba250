import { expect, test } from "vitest"
import { applyDotenv } from "../../../lib/gitops/edit/dotenv.ts"
import { NEW, OLD, REF } from "./edit-cases.ts"

const edit = (text: string, key: string) => applyDotenv(text, { kind: "env", key, image: { ref: REF } })

test.each([
  {
    name: "skips a value of two lines",
    text: 'A="x\ny"\nI=a.b/c:1\n',
    key: "I",
    is: `A="x\ny"\nI=${REF}\n`,
  },
  { name: "keeps blanks around the sign", text: "I = a.b/c:1\n", key: "I", is: `I = ${REF}\n` },
  {
    name: "does not edit a key with the same prefix",
    text: "I_OLD=a\nI=a.b/c:1\n",
    key: "I",
    is: `I_OLD=a\nI=${REF}\n`,
  },
  { name: "skips a commented line", text: "#I=a\nI=a.b/c:1\n", key: "I", is: `#I=a\nI=${REF}\n` },
  {
    name: "recognises a hash by its key's siblings",
    text: `APP_IMAGE=a.b/c\nAPP_SHA=${OLD}\n`,
    key: "APP_SHA",
    is: `APP_IMAGE=a.b/c\nAPP_SHA=${NEW}\n`,
  },
  ...["VERSION=v1", "IMAGE_VERSION=v1"].map((tag) => ({
    name: `a repository whose tag is ${tag}`,
    text: `IMAGE=a.b/c\n${tag}\n`,
    key: "IMAGE",
    is: `IMAGE=ghcr.io/acme/app\n${tag}\n`,
  })),
  ...["APP_IMAGE_VERSION=v1", "APP_TAG=v1", "TAG=v1", "VERSION=v1", "IMAGE_TAG=v1", "IMAGE_VERSION=v1"].map((tag) => ({
    name: `a repository under a prefix whose tag is ${tag}`,
    text: `APP_IMAGE=a.b/c\n${tag}\n`,
    key: "APP_IMAGE",
    is: `APP_IMAGE=ghcr.io/acme/app\n${tag}\n`,
  })),
  {
    name: "keeps a name below the file's registry",
    text: "REGISTRY=old.example\nAPP_IMAGE=acme/web\nTAG=v1\n",
    key: "APP_IMAGE",
    is: "REGISTRY=old.example\nAPP_IMAGE=acme/app\nTAG=v1\n",
  },
  {
    name: "ignores the file's registry for a name with a host",
    text: "REGISTRY=ghcr.io\nAPP_IMAGE=ghcr.io/acme/app\nTAG=v1\n",
    key: "APP_IMAGE",
    is: "REGISTRY=ghcr.io\nAPP_IMAGE=ghcr.io/acme/app\nTAG=v1\n",
  },
  {
    name: "recognises a registry under any key",
    text: "MIRROR=ghcr.io\nAPP_IMAGE=acme/app:v1\n",
    key: "APP_IMAGE",
    is: `MIRROR=ghcr.io\nAPP_IMAGE=acme/app@sha256:${NEW}\n`,
  },
  { name: "keeps a sign in the value", text: "I=a.b/c:1?x=1\n", key: "I", is: `I=${REF}\n` },
])("$name", ({ text, key, is }) => expect(edit(text, key).text).toBe(is))

test("pins the image with an explicit part, but not with a repository alone", () => {
  const text = "IMAGE=a.b/c\nVERSION=1\n"
  expect(edit(text, "IMAGE").pinned).toBe(false)
  const whole = applyDotenv(text, { kind: "env", key: "IMAGE", part: "ref", image: { ref: REF } })
  expect(whole).toMatchObject({ text: `IMAGE=${REF}\nVERSION=1\n`, pinned: true })
})

test.each(["IMAGE_TAG", "APP_IMAGE_VERSION"])("writes the spare tag with the digest to %s alone", (key) => {
  const image = { ref: REF, spareTag: "v3" }
  expect(applyDotenv(`${key}=v1\n`, { kind: "env", key, image }).text).toBe(`${key}=v3@sha256:${NEW}\n`)
})

test("lists the changed value, or none", () => {
  expect(edit("I=a.b/c:1\n", "I").changes).toEqual([{ path: "I", before: "a.b/c:1", after: REF }])
  expect(edit(`I=${REF}\n`, "I").changes).toEqual([])
})
