import type { Secret } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { credentialPath, pairCredentials } from "../../lib/sign/credentials.ts"

const [id, key] = [{}, {}] as [Secret, Secret]

test("pairs names and values in their order", () => {
  const pairs = pairCredentials(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], [id, key])
  expect(pairs.map(({ name }) => name)).toEqual(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
  expect(pairs[0]?.value).toBe(id)
  expect(pairs[1]?.value).toBe(key)
  expect(pairCredentials([], [])).toEqual([])
})

test.each([
  { name: "a name too few", names: ["A"], values: [id, key], got: "1 names for 2 credentials" },
  { name: "a value too few", names: ["A", "B"], values: [id], got: "2 names for 1 credentials" },
  { name: "a value without any name", names: [], values: [id], got: "0 names for 1 credentials" },
  { name: "a name that is no variable", names: ["aws-key"], values: [id], got: "aws-key" },
  { name: "a name with a value behind it", names: ["A=b"], values: [id], got: "A=b" },
])("refuses $name", ({ names, values, got }) => {
  expect(() => pairCredentials(names, values)).toThrow(`in the same order, got ${got}. Give --kms-credentials`)
})

test.each([
  { name: "GOOGLE_APPLICATION_CREDENTIALS", path: "/slipway/kms/GOOGLE_APPLICATION_CREDENTIALS" },
  { name: "AWS_WEB_IDENTITY_TOKEN_FILE", path: "/slipway/kms/AWS_WEB_IDENTITY_TOKEN_FILE" },
  { name: "AZURE_CLIENT_CERTIFICATE_PATH", path: "/slipway/kms/AZURE_CLIENT_CERTIFICATE_PATH" },
  { name: "AWS_SECRET_ACCESS_KEY", path: undefined },
  { name: "VAULT_TOKEN", path: undefined },
])("$name is read from $path", ({ name, path }) => expect(credentialPath(name)).toBe(path))
