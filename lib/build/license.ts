/** The licence texts that most projects carry, by a phrase that only they have. The order matters: AGPL names GPL. */
const PHRASES: [RegExp, string][] = [
  [/Apache License\s+Version 2\.0/, "Apache-2.0"],
  [/GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3/, "AGPL-3.0-only"],
  [/GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3/, "LGPL-3.0-only"],
  [/GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1/, "LGPL-2.1-only"],
  [/GNU GENERAL PUBLIC LICENSE\s+Version 3/, "GPL-3.0-only"],
  [/GNU GENERAL PUBLIC LICENSE\s+Version 2/, "GPL-2.0-only"],
  [/Mozilla Public License,? Version 2\.0/i, "MPL-2.0"],
  [/Eclipse Public License - v 2\.0/i, "EPL-2.0"],
  [/Permission is hereby granted, free of charge, to any person obtaining a copy/, "MIT"],
  [/Permission to use, copy, modify, and\/or distribute this software for any\s+purpose/, "ISC"],
  [/Neither the name of [\s\S]+ nor the names of/, "BSD-3-Clause"],
  [/Redistribution and use in source and binary forms/, "BSD-2-Clause"],
  [/This is free and unencumbered software released into the public domain/, "Unlicense"],
]

/** The SPDX name of a licence file's text; undefined rather than a guess. */
export function licenseName(text: string): string | undefined {
  const head = text.slice(0, 4000)
  const named = head.match(/SPDX-License-Identifier:\s*([A-Za-z0-9.+() -]+)/)?.[1]?.trim()
  return named ?? PHRASES.find(([phrase]) => phrase.test(head))?.[1]
}
