import { expect, test } from "vitest"
import { settingsFiles } from "../../../lib/ship/options/settings-files.ts"
import { PREDICATE_TYPES } from "../../../lib/sign/verification.ts"
import { stubDirectory } from "../../stub-directory.ts"

const source = stubDirectory({
  "certs/ca.pem": "ca",
  "root.json": "{}",
  "cosign.pub": "key",
  "vex/a.json": "{}",
  "text.txt": "no JSON",
})

test("reads the files of the source that the settings name", async () => {
  const files = await settingsFiles(source, {
    registry: { caCertificate: "certs/ca.pem" },
    sign: { publicKey: "cosign.pub", trustedRoot: "root.json" },
  })
  expect([await files.caCertificate?.contents(), await files.trustedRoot?.contents()]).toEqual(["ca", "{}"])
  expect(await files.publicKey?.contents()).toBe("key")
  expect(files.signingConfig).toBeUndefined()
})

test.each([
  { name: "registry.caCertificate", settings: { registry: { caCertificate: "ca.pem" } }, path: "ca.pem" },
  { name: "sign.publicKey", settings: { sign: { publicKey: "certs/cosign.pub" } }, path: "certs/cosign.pub" },
  { name: "sign.signingConfig", settings: { sign: { signingConfig: "config.json" } }, path: "config.json" },
  { name: "sign.trustedRoot", settings: { sign: { trustedRoot: "certs/root.json" } }, path: "certs/root.json" },
])("refuses a path in $name that does not exist", async ({ name, settings, path }) => {
  await expect(settingsFiles(source, settings)).rejects.toThrow(
    `SETTINGS_INVALID: expected ${name} to be the path of a file in the source, got "${path}", which does not exist.`,
  )
})

test("reads the VEX documents and the attestations of the settings", async () => {
  const attestations = [
    { type: "openvex", path: "vex/a.json" },
    { type: "https://acme.example/review", path: "root.json" },
  ]
  const files = await settingsFiles(source, { scan: { vex: ["vex/a.json"] }, sign: { attestations } })
  expect(files.vex).toHaveLength(1)
  expect(files.attestations?.map(({ type }) => type)).toEqual([PREDICATE_TYPES.openvex, "https://acme.example/review"])
})

test.each([
  {
    name: "a VEX document that does not exist",
    settings: { scan: { vex: ["b.json"] } },
    error: "expected scan.vex to be",
  },
  {
    name: "a predicate that is not JSON",
    settings: { sign: { attestations: [{ type: "openvex", path: "text.txt" }] } },
    error: 'expected the predicate "text.txt" in sign.attestations to be JSON',
  },
  {
    name: "provenance, which ship attests itself",
    settings: { sign: { attestations: [{ type: "slsaprovenance1", path: "root.json" }] } },
    error: "none that ship attests of the image index itself",
  },
  {
    name: "a type that is there twice",
    settings: { sign: { attestations: [1, 2].map(() => ({ type: "openvex", path: "root.json" })) } },
    error: "with a predicate type once each",
  },
  {
    name: "an unknown predicate type",
    settings: { sign: { attestations: [{ type: "sbom", path: "root.json" }] } },
    error: "expected a predicate type",
  },
])("refuses $name", async ({ settings, error }) => {
  await expect(settingsFiles(source, settings)).rejects.toThrow(error)
})
