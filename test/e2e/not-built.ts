import { IF_BUILT, partsOf } from "../e2e-files.ts"

const { missingParts } = await import(new URL("../engine/lib/parts.mjs", import.meta.url).href)

// for test/all, when an engine is there: prints the files whose parts are not built, and says on stderr what builds them
const files = Object.keys(IF_BUILT).filter((name) => missingParts(IF_BUILT[name]).length > 0)
console.log(files.join(" "))
if (files.length > 0)
  console.error(
    `not run, because their parts of the test engine are not built: ${files.join(", ")}. ` +
      `To run them: eval "$(test/engine/up --with=${partsOf(IF_BUILT).join(",")})" && npm run test:long`,
  )
