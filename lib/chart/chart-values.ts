import { errorMessage, SlipwayError } from "../error.ts"
import type { NewImage } from "../gitops/edit/new-image.ts"
import { applyEdit } from "../gitops/file-edit.ts"

/**
 * values.yaml with the image at each address. Guarantees that every address holds the digest: a chart that renders an
 * image by its tag would not deploy what was verified.
 */
export function pinValues(
  text: string,
  { path, addresses, image }: { path: string; addresses: string[]; image: NewImage },
): string {
  return addresses.reduce((before, address) => pin(before, { path, address, image }), text)
}

function pin(text: string, { path, address, image }: { path: string; address: string; image: NewImage }): string {
  try {
    const edited = applyEdit(text, { kind: "helm", path: address, image })
    if (edited.pinned) return edited.text
  } catch (error) {
    throw noPlace({
      path,
      address,
      got: errorMessage(error).replace(/ (?:Correct the edit's path|Address)[^.]*\.$/, ""),
    })
  }
  throw noPlace({ path, address, got: "a value that cannot hold a digest" })
}

function noPlace({ path, address, got }: { path: string; address: string; got: string }): SlipwayError {
  return new SlipwayError("CHART_INVALID", {
    expected: `an image at ${address} in ${path}/values.yaml, with a digest, a tag or the whole reference`,
    got,
    fix: "Set chart.values in slipway.yaml to the address of the image, such as image or web.image, or add the value. Nothing was pushed.",
  })
}
