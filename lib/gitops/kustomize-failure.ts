import { isTimedOut } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { lastWords } from "./git-failure.ts"

/** What kustomize says of an overlay that only builds as its controller builds it. */
const NEEDS_OPTIONS =
  /must specify --|--enable-|--load-restrictor|is not in or below|unable to run: 'helm|plugins? (?:is|are) disabled/
const NO_HELM = /unable to run: '[^']*helm|"helm": executable file not found|is '?helm'? installed/

/** Why an overlay does not build, and the way that works all the same. */
export function buildFailure(path: string, stderr: string): SlipwayError {
  return new SlipwayError("OVERLAY_INVALID", {
    expected: `${path} to build with kustomize`,
    got: lastWords(stderr),
    fix: `${fixOf(stderr)} Nothing was pushed.`,
  })
}

function fixOf(stderr: string): string {
  const byFile =
    "Or edit the one file without building it, by its path and the entry's name: --path=<folder>/kustomization.yaml --edits=kustomize:<name>."
  if (isTimedOut(stderr)) {
    return "Look at the servers of the remote bases and charts that it names, or give it longer with --timeout."
  }
  if (NO_HELM.test(stderr)) {
    return `kustomize's own image has no helm: pass one that has both as --kustomize-image. ${byFile}`
  }
  if (NEEDS_OPTIONS.test(stderr)) {
    return `Pass the build options of the overlay's controller, such as --enable-helm or --load-restrictor=LoadRestrictionsNone, as --kustomize-options (of ship: gitops.kustomizeOptions). ${byFile}`
  }
  return "Run kustomize build on it and correct what it says."
}
