// What verifies a layout in its container: FOLDER. Prints the faults as JSON.
import { verifyBlobs } from "./verify-blobs.ts"

console.log(JSON.stringify(await verifyBlobs(process.argv[2])))
