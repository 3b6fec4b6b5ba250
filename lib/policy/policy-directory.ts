import { type Directory, dag } from "@dagger.io/dagger"
import type { Admission } from "./admission.ts"
import { policyFiles } from "./policy-files.ts"

/** The policies, each in its engine's folder. */
export function policyDirectory(admission: Admission): Directory {
  return Object.entries(policyFiles(admission)).reduce(
    (directory, [path, text]) => directory.withNewFile(path, text),
    dag.directory(),
  )
}
