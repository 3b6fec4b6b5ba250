// Verifies the layout in FOLDER in a container, and prints its faults as JSON.
import { verifyBlobs } from "./verify-blobs.ts"

console.log(JSON.stringify(await verifyBlobs(process.argv[2])))
