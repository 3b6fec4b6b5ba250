import { createRequire } from "node:module"

/**
 * TypeScript for Dagger's runtime, which reads the types of the facade with it at each call.
 *
 * The runtime uses only its default export, but imports it as an ES module. Node then parses these 9 MB twice more: once to
 * detect the format, and once to find the names of its exports. Required as CommonJS, they are parsed once. `paths` in
 * tsconfig.json sends the import here; the path of the file keeps this call of require from coming here again. Measured by
 * test/bench/call.ts.
 */
const typescript = createRequire(import.meta.url)(
  "typescript/lib/typescript.js",
) as typeof import("typescript/lib/typescript.js")

export default typescript
