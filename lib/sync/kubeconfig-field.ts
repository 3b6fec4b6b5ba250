import { SlipwayError } from "../error.ts"

/** What stands in a kubeconfig under one cluster or user. */
export type KubeconfigFields = Record<string, unknown>

/** A field that has to be text; empty is as good as not there, as for kubectl. */
export function textField(fields: KubeconfigFields, name: string): string | undefined {
  const value = fields[name]
  return typeof value === "string" && value !== "" ? value : undefined
}

/** The text that stands in base64, such as a PEM. */
export function dataField(fields: KubeconfigFields, name: string): string | undefined {
  const value = textField(fields, name)
  return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8")
}

/** A field that would have to be obeyed and cannot be: leaving it out would ask as somebody else, or somewhere else. */
export function refuseFields(fields: KubeconfigFields, reasons: Record<string, string>): void {
  for (const [name, fix] of Object.entries(reasons)) {
    if (fields[name] === undefined || fields[name] === false || fields[name] === "") continue
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a kubeconfig that works on any machine by itself",
      got: `one with ${name}`,
      fix,
    })
  }
}

export const FLATTEN =
  "It names a file of another machine: pass what `kubectl config view --minify --flatten --raw` prints."
