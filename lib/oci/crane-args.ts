import type { DigestRef } from "./digest-ref.ts"

/** Arguments of crane, to be read as a list; `ref` is a repository with a digest or a tag. */
type Scheme = { plainHttp: boolean }

/** Where the layout lies that is pushed. */
export const LAYOUT_PATH = "/slipway/layout"

/** Pushes an image index and all that it lists, under its own digest: no tag, so nobody deploys it yet. */
export function pushArgs(ref: DigestRef, scheme: Scheme): string[] {
  return ["push", ...schemeArgs(scheme), "--index", LAYOUT_PATH, ref]
}

/** Asks the registry which digest it has under this name. */
export function digestArgs(ref: string, scheme: Scheme): string[] {
  return ["digest", ...schemeArgs(scheme), ref]
}

/** Asks for a manifest of any kind. */
export function manifestArgs(ref: string, scheme: Scheme): string[] {
  return ["manifest", ...schemeArgs(scheme), ref]
}

/** Asks for the config of one platform's image, by its own digest. */
export function configArgs(ref: string, scheme: Scheme): string[] {
  return ["config", ...schemeArgs(scheme), ref]
}

export function listTagsArgs(repository: string, scheme: Scheme): string[] {
  return ["ls", ...schemeArgs(scheme), repository]
}

export function tagArgs(ref: DigestRef, { tag, ...scheme }: Scheme & { tag: string }): string[] {
  return ["tag", ...schemeArgs(scheme), ref, tag]
}

/** By digest the manifest goes, and in most registries its tags; by tag at least the tag. */
export function deleteArgs(ref: string, scheme: Scheme): string[] {
  return ["delete", ...schemeArgs(scheme), ref]
}

function schemeArgs({ plainHttp }: Scheme): string[] {
  return plainHttp ? ["--insecure"] : []
}
