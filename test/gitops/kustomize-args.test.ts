import { expect, test } from "vitest"
import { parseImageName } from "../../src/gitops/image-name.ts"
import { buildArgs, setImageArgs } from "../../src/gitops/kustomize-args.ts"
import { parseDigestRef } from "../../src/oci/digest-ref.ts"

const digest = `sha256:${"0a".repeat(32)}`

test("sets all images of an overlay with one command, by digest", () => {
  const changes = [
    { image: parseImageName("web"), ref: parseDigestRef(`ghcr.io/acme/web@${digest}`) },
    { image: parseImageName("acme/api"), ref: parseDigestRef(`ghcr.io/acme/api@${digest}`), tag: "v2" },
  ]
  expect(setImageArgs(changes)).toEqual([
    "/app/kustomize",
    "edit",
    "set",
    "image",
    `web=ghcr.io/acme/web@${digest}`,
    `acme/api=ghcr.io/acme/api:v2@${digest}`,
  ])
})

test("builds an overlay", () => {
  expect(buildArgs("apps/web")).toEqual(["/app/kustomize", "build", "apps/web"])
})
