import { expect, test } from "vitest"
import { applyDotenv } from "../../../lib/gitops/edit/dotenv.ts"
import { NEW, OLD, REF } from "./edit-cases.ts"

const edit = (text: string, key: string) => applyDotenv(text, { kind: "env", key, image: { ref: REF } })

test.each([
  {
    name: "a value over two lines is passed over",
    text: 'A="x\ny"\nI=a.b/c:1\n',
    key: "I",
    is: `A="x\ny"\nI=${REF}\n`,
  },
  { name: "blanks around the sign stay", text: "I = a.b/c:1\n", key: "I", is: `I = ${REF}\n` },
  {
    name: "a key that only begins the same is another",
    text: "I_OLD=a\nI=a.b/c:1\n",
    key: "I",
    is: `I_OLD=a\nI=${REF}\n`,
  },
  { name: "a commented line is none", text: "#I=a\nI=a.b/c:1\n", key: "I", is: `#I=a\nI=${REF}\n` },
  {
    name: "a hash is told from its key's neighbours",
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
    name: "a name below the registry of the whole file",
    text: "REGISTRY=old.example\nAPP_IMAGE=acme/web\nTAG=v1\n",
    key: "APP_IMAGE",
    is: "REGISTRY=old.example\nAPP_IMAGE=acme/app\nTAG=v1\n",
  },
  {
    name: "a name with a registry of its own",
    text: "REGISTRY=ghcr.io\nAPP_IMAGE=ghcr.io/acme/app\nTAG=v1\n",
    key: "APP_IMAGE",
    is: "REGISTRY=ghcr.io\nAPP_IMAGE=ghcr.io/acme/app\nTAG=v1\n",
  },
  {
    name: "a registry under any key",
    text: "MIRROR=ghcr.io\nAPP_IMAGE=acme/app:v1\n",
    key: "APP_IMAGE",
    is: `MIRROR=ghcr.io\nAPP_IMAGE=acme/app@sha256:${NEW}\n`,
  },
  { name: "a sign within the value is the value's", text: "I=a.b/c:1?x=1\n", key: "I", is: `I=${REF}\n` },
])("$name", ({ text, key, is }) => expect(edit(text, key).text).toBe(is))

test("a repository without its tag does not pin the image; a part that is said outright does", () => {
  const text = "IMAGE=a.b/c\nVERSION=1\n"
  expect(edit(text, "IMAGE").pinned).toBe(false)
  const whole = applyDotenv(text, { kind: "env", key: "IMAGE", part: "ref", image: { ref: REF } })
  expect(whole).toMatchObject({ text: `IMAGE=${REF}\nVERSION=1\n`, pinned: true })
})

test.each(["IMAGE_TAG", "APP_IMAGE_VERSION"])("%s alone takes the spare tag with the digest", (key) => {
  const image = { ref: REF, spareTag: "v3" }
  expect(applyDotenv(`${key}=v1\n`, { kind: "env", key, image }).text).toBe(`${key}=v3@sha256:${NEW}\n`)
})

test("says what changed, and nothing where nothing did", () => {
  expect(edit("I=a.b/c:1\n", "I").changes).toEqual([{ path: "I", before: "a.b/c:1", after: REF }])
  expect(edit(`I=${REF}\n`, "I").changes).toEqual([])
})
