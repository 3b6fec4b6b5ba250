import { BUN } from "./bun.ts"
import { DOTNET } from "./dotnet.ts"
import { GO } from "./go.ts"
import { GRADLE, MAVEN } from "./java.ts"
import { NODE } from "./node.ts"
import { PYTHON } from "./python.ts"
import type { Runner } from "./runner.ts"
import { RUST } from "./rust.ts"

/** Every kind of project that is recognised, in the order in which their outcomes are told. */
export const RUNNERS: Runner[] = [GO, NODE, BUN, PYTHON, RUST, MAVEN, GRADLE, DOTNET]
