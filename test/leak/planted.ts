import { randomUUID } from "node:crypto"
import type { Form, Needle } from "./needles.ts"

const WRITE: Partial<Record<Form, (value: string) => string>> = {
  raw: (value) => value,
  base64: (value) => Buffer.from(value).toString("base64"),
  hex: (value) => Buffer.from(value).toString("hex"),
}

/**
 * Values that no secret is, put where a secret must never be: a search that does not find each of them there, in the form
 * in which it was put, looks at nothing. `text` holds them all; `values` is to be searched for beside the secrets.
 */
export type Planted = { text: string; values: Record<string, string>; found: string[] }

export function plant(place: string): Planted {
  const forms = Object.entries(WRITE).map(([form, write]) => ({ form, write, value: `planted-${randomUUID()}` }))
  return {
    text: forms.map(({ write, value }) => write(value)).join("."),
    values: Object.fromEntries(forms.map(({ form, value }) => [`planted in ${place} as ${form}`, value])),
    found: forms.map(({ form }) => describeFinding({ name: `planted in ${place} as ${form}`, form: form as Form })),
  }
}

/** What was found, and in which form. */
export function describeFinding({ name, form }: Pick<Needle, "name" | "form">): string {
  return `${name}: ${form}`
}
