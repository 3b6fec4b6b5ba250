import { KUSTOMIZE } from "../engine/tool.ts"
import { quote, SlipwayError } from "../error.ts"

/** The build as a controller does it: the options come from its own configuration, which the overlay does not name. */
export function buildArgs(path: string, options: string[] = []): string[] {
  return [KUSTOMIZE, "build", ...options, path]
}

// What Argo CD and Flux are given. None of them has kustomize run programs out of the repository (--enable-exec) or write
// somewhere (--output). The command of helm is a path in the image that the caller chose.
const ALLOWED = [
  "--enable-helm",
  "--enable-alpha-plugins",
  "--load-restrictor=(?:LoadRestrictionsNone|LoadRestrictionsRootOnly)",
  "--helm-command=[A-Za-z0-9._/-]+",
  "--helm-kube-version=v?[0-9][A-Za-z0-9.+-]*",
  "--helm-api-versions=[A-Za-z0-9][A-Za-z0-9./-]*",
  "--reorder=(?:none|legacy)",
]
const OPTION = new RegExp(`^(?:${ALLOWED.join("|")})$`)
/** As kustomize's own help has it, with the value in a word of its own. */
const SPACED = /^(--[a-z-]+) (\S+)$/

/** Options of kustomize build as a controller's configuration has them; all others are refused. */
export function parseKustomizeOptions(options: string[]): string[] {
  return options.map((option) => {
    const text = option.trim().replace(SPACED, "$1=$2")
    if (OPTION.test(text)) return text
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: `options of kustomize build, of ${ALLOWED.map((one) => one.replace(/=.*/, "=…")).join(", ")}`,
      got: quote(option),
      fix: "Leave it out, or edit the one file without building it: --path=<folder>/kustomization.yaml --edits=kustomize:<name>.",
    })
  })
}
