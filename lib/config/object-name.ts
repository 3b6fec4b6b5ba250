import { quote, SlipwayError } from "../error.ts"

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names: neither can leave its place in a path.
export const LABEL = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
export const OBJECT_NAME = `${LABEL}(?:\\.${LABEL})*`

const SHAPE = new RegExp(`^${OBJECT_NAME}$`)

/** A name that the API server takes for an object; `what` names it in the error. */
export function parseObjectName(text: string, what: string): string {
  if (SHAPE.test(text) && text.length <= 253) return text
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `${what} as Kubernetes names objects: small letters, digits, - and .`,
    got: quote(text),
    fix: "kubectl get shows the names that there are.",
  })
}
