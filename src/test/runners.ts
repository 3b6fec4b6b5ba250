import { GO } from "./go.ts"
import { NODE } from "./node.ts"
import type { Runner } from "./runner.ts"

/** Every kind of project that is recognised, in the order in which their outcomes are told. */
export const RUNNERS: Runner[] = [GO, NODE]
