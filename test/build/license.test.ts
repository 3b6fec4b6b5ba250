import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { licenseName } from "../../lib/build/license.ts"

test("knows this project's own", () => {
  expect(licenseName(readFileSync("LICENSE", "utf8"))).toBe("Apache-2.0")
})

test.each([
  ["MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\nof", "MIT"],
  ["GNU AFFERO GENERAL PUBLIC LICENSE\n   Version 3, 19 November 2007", "AGPL-3.0-only"],
  ["                    GNU GENERAL PUBLIC LICENSE\n                       Version 2, June 1991", "GPL-2.0-only"],
  ["Redistribution and use in source and binary forms …\nNeither the name of X nor the names of its", "BSD-3-Clause"],
  ["Redistribution and use in source and binary forms, with", "BSD-2-Clause"],
  ["SPDX-License-Identifier: MIT OR Apache-2.0\n", "MIT OR Apache-2.0"],
  ["All rights reserved.", undefined],
])("%j is %s", (text, name) => {
  expect(licenseName(text)).toBe(name)
})
