import type { DigestRef } from "../oci/digest-ref.ts"

/** Where the layout lies that is pushed. */
export const LAYOUT_PATH = "/slipway/layout"

export type CraneTarget = { ref: DigestRef; plainHttp: boolean }

/** Pushes an image index and all that it lists, under its own digest: no tag, so nobody deploys it yet. */
export function pushArgs({ ref, plainHttp }: CraneTarget): string[] {
  return ["push", ...schemeArgs(plainHttp), "--index", LAYOUT_PATH, ref]
}

/** Asks the registry which digest it has under this name. */
export function digestArgs(name: string, plainHttp: boolean): string[] {
  return ["digest", ...schemeArgs(plainHttp), name]
}

/** Asks for a manifest of any kind; `ref` is a reference by digest. */
export function manifestArgs(ref: string, plainHttp: boolean): string[] {
  return ["manifest", ...schemeArgs(plainHttp), ref]
}

/** Asks for the config of one platform's image, by its own digest. */
export function configArgs(ref: string, plainHttp: boolean): string[] {
  return ["config", ...schemeArgs(plainHttp), ref]
}

export function tagArgs({ ref, plainHttp }: CraneTarget, tag: string): string[] {
  return ["tag", ...schemeArgs(plainHttp), ref, tag]
}

function schemeArgs(plainHttp: boolean): string[] {
  return plainHttp ? ["--insecure"] : []
}
