import { SlipwayError } from "../error.ts"
import { baseFaults } from "./base-images.ts"
import type { Dockerfile } from "./stages.ts"

/** Refuses a Dockerfile that BuildKit refuses, in so far as it decides over what is built from. */
export function requireReadable({ stages, args, faults }: Dockerfile): void {
  const [fault] = [...faults, ...baseFaults(stages, args)]
  if (!fault) return
  const { line, problem, cause } = fault
  throw new SlipwayError("DOCKERFILE_INVALID", {
    expected: "a Dockerfile that can be built",
    got: `${problem} (Dockerfile line ${line}${cause ? `: ${cause}` : ""})`,
    fix: "See https://docs.docker.com/reference/dockerfile/ for what can stand there.",
  })
}
