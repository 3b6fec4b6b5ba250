import { expect, test } from "vitest"
import { runtimeArgs } from "../../lib/program/node-runtime.ts"

test("starts Node by the loader and with the libraries of its own image", () => {
  const found = { node: "/usr/local/bin/node", loader: "/lib/ld-musl-x86_64.so.1", libraries: ["/usr/lib", "/lib"] }
  expect(runtimeArgs(found)).toEqual([
    "/.slipway/node/lib/ld-musl-x86_64.so.1",
    "--library-path",
    "/.slipway/node/usr/lib:/.slipway/node/lib",
    "/.slipway/node/usr/local/bin/node",
  ])
})
