// What finishes a layout in its container: EXPORTS FOLDER PLAN, the first and the last as JSON.
import { canonicalLayout } from "./layout.ts"

const [exports, folder, plan] = process.argv.slice(2)
await canonicalLayout(JSON.parse(exports), folder, JSON.parse(plan))
