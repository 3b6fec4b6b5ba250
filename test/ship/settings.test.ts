import { expect, test } from "vitest"
import { readSettings, settingsFiles } from "../../lib/ship/settings.ts"
import { stubDirectory } from "../stub-directory.ts"

const source = stubDirectory({ "slipway.yaml": "scan: { severity: LOW }\n", "certs/ca.pem": "ca", "root.json": "{}" })

test("settings are the file's with overrides over them, and overrides alone where there is no file", async () => {
  expect(await readSettings(source)).toEqual({ scan: { severity: "LOW" } })
  expect(await readSettings(source, ["scan.severity=HIGH"])).toEqual({ scan: { severity: "HIGH" } })
  expect(await readSettings(stubDirectory({}), ["tags=[a]"])).toEqual({ tags: ["a"] })
})

test("a file that settings name by its path is one of the source", async () => {
  const files = await settingsFiles(source, {
    registry: { caCertificate: "certs/ca.pem" },
    sign: { trustedRoot: "root.json" },
  })
  expect([await files.caCertificate?.contents(), await files.trustedRoot?.contents()]).toEqual(["ca", "{}"])
  expect(files.signingConfig).toBeUndefined()
})

test.each([
  { name: "registry.caCertificate", settings: { registry: { caCertificate: "ca.pem" } }, path: "ca.pem" },
  { name: "sign.signingConfig", settings: { sign: { signingConfig: "config.json" } }, path: "config.json" },
  { name: "sign.trustedRoot", settings: { sign: { trustedRoot: "certs/root.json" } }, path: "certs/root.json" },
])("$name that leads nowhere is refused", async ({ name, settings, path }) => {
  await expect(settingsFiles(source, settings)).rejects.toThrow(
    `SETTINGS_INVALID: expected ${name} to be the path of a file of the source, got "${path}", which is not there.`,
  )
})
