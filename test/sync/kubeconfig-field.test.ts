import { expect, test } from "vitest"
import { dataField, refuseFields, textField } from "../../lib/sync/kubeconfig-field.ts"

test("a field is its text; empty or of another kind it is none", () => {
  const fields = { token: "t", empty: "", number: 5, data: Buffer.from("PEM").toString("base64") }
  expect(["token", "empty", "number", "missing"].map((name) => textField(fields, name))).toEqual([
    "t",
    undefined,
    undefined,
    undefined,
  ])
  expect([dataField(fields, "data"), dataField(fields, "empty")]).toEqual(["PEM", undefined])
})

test("a field is refused with its own reason, unless it is switched off", () => {
  const reasons = { a: "Not a.", b: "Not b." }
  expect(() => refuseFields({ a: false, b: "" }, reasons)).not.toThrow()
  expect(() => refuseFields({ b: {} }, reasons)).toThrow(
    "OPTIONS_INVALID: expected a kubeconfig that works on any machine by itself, got one with b. Not b.",
  )
})
