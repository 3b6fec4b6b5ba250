import { quote, SlipwayError } from "../error.ts"
import { DIGEST, HOST, NAME, PATH, TAG } from "../oci/reference.ts"

/** An image's name as manifests and overlays have it: "web", "acme/web" or "ghcr.io/acme/web", never with tag or digest. */
export type ImageName = string & { readonly brand: "ImageName" }

const SHAPE = new RegExp(`^(?:${HOST}/)?${NAME}(?:/${NAME})*$`)
const PLACEHOLDER = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/

/** kustomize takes the name as a pattern and adds one that it does not find, so anything else than a name is refused. */
export function parseImageName(text: string): ImageName {
  if (SHAPE.test(text) || PLACEHOLDER.test(text)) return text as ImageName
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "an image's name as the manifests have it, without tag or digest, such as ghcr.io/acme/web",
    got: quote(text),
    fix: "Look at `image:` in the manifests that the overlay builds on, and pass what stands before : or @.",
  })
}

// A port is not a tag: the colon of a tag comes after the last slash.
const IMAGE = new RegExp(`^((?:${HOST}/)?${PATH}|[A-Za-z0-9][A-Za-z0-9._/-]*)(?::(${TAG}))?(?:@(${DIGEST}))?$`)

/** What stands in an `image:` field. */
export type ImageText = { name: string; tag?: string; digest?: string }

/** Splits it, or answers nothing for a text that is none. */
export function splitImage(text: string): ImageText | undefined {
  const [, name, tag, digest] = text.match(IMAGE) ?? []
  return name ? { name, ...(tag && { tag }), ...(digest && { digest }) } : undefined
}
