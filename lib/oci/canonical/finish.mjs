// Finishes a layout in a container. Arguments: EXPORTS (JSON), FOLDER, PLAN (JSON).
import { canonicalLayout } from "./layout.ts"

const [exports, folder, plan] = process.argv.slice(2)
await canonicalLayout(JSON.parse(exports), folder, JSON.parse(plan))
