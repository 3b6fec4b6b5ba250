import { expect, test } from "vitest"
import { secretShape } from "../../lib/build/secret-shape.ts"

const named = "its name says that it is a secret"

test.each([
  ["NPM_TOKEN", "x", named],
  ["db_password", "x", named],
  ["API_KEY", "x", named],
  ["APIKEY", "x", named],
  ["AWS_SECRET_ACCESS_KEY", "x", named],
  ["V", `ghp_${"a".repeat(36)}`, "its value looks like a GitHub token"],
  ["V", `glpat-${"a".repeat(20)}`, "its value looks like a GitLab token"],
  ["V", `AKIA${"A".repeat(16)}`, "its value looks like an AWS access key"],
  ["V", "eyJhbGciOi.eyJzdWIiOi.c2ln", "its value looks like a JSON web token"],
  ["V", "-----BEGIN EC PRIVATE KEY-----\n", "its value looks like a private key"],
  ["INDEX", "https://ci:hunter2@pypi.acme.com/simple", "its value looks like an address with a password"],
  ["NPM_TOKEN", "", undefined],
  ["TOKENIZER", "bpe", undefined],
  ["VERSION", "1.2.3", undefined],
  ["URL", "https://pypi.org/simple", undefined],
  ["COMMIT", "0a".repeat(20), undefined],
])("%s=%s: %s", (name, value, why) => {
  expect(secretShape(name, value)).toBe(why)
})
