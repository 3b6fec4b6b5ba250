import { describe, expect, test } from "vitest"
import { DOCUMENT_BYTES, parseStrictJson } from "../../lib/oci/strict-json.ts"

const spelling = { fields: ["manifests", "size", "platform", "mediaType"], maps: ["annotations", "Labels"] }
const parse = (text: string) => parseStrictJson(text, spelling)
const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`

describe("accepts JSON", () => {
  test.each<[string, string]>([
    ["with unknown fields", '{"manifests":[{"size":1,"more":{"Most":2}}],"More":3}'],
    ["with free keys that differ in case", '{"annotations":{"Size":"1","size":"2","SIZE":"3"}}'],
    ["with the same key in two objects", '{"a":{"size":1},"b":{"size":1}}'],
    ["with a field's name as a value", '{"a":"Manifests","b":["size","Size"]}'],
    ["with brackets and quotes in a string", `{"a":"${"[{".repeat(40)}\\"Size\\":"}`],
    ["of the largest depth", nested(32)],
  ])("%s", (_, text) => expect(parse(text)).toEqual(JSON.parse(text)))
})

describe("refuses JSON", () => {
  test.each<[string, string, string]>([
    ["that is invalid", "{", "text that is not JSON"],
    ["with a byte order mark", "\ufeff{}", "text that is not JSON"],
    ["with a key twice", '{"manifests":[],"manifests":[1]}', 'the key "manifests" twice in one object'],
    ["with a key twice, once escaped", '{"size":1,"si\\u007ae":2}', 'the key "size" twice'],
    ["with a key twice in a nested object", '{"a":[{"b":{"c":1,"c":2}}]}', 'the key "c" twice'],
    ["with a key twice among annotations", '{"annotations":{"a":"1","a":"2"}}', 'the key "a" twice'],
    ["with a key twice in different case", '{"other":1,"Other":2}', 'the key "Other" twice'],
    ["with a field in other case", '{"Manifests":[]}', 'the key "Manifests", which some parsers read as "manifests"'],
    ["with white space before the colon", `{"Manifests"${" \n".repeat(99)}:[]}`, 'the key "Manifests", which some'],
    ["with a long s for an s", '{"\u017fize":1}', 'which some parsers read as "size"'],
    ["with a field in other case in a list", '{"manifests":[{"Platform":{}}]}', 'read as "platform"'],
    ["with a map's name on a list", '{"annotations":[{"Size":1}]}', 'read as "size"'],
    ["with __proto__", '{"a":{"__proto__":{}}}', '"__proto__", which is not data'],
    ["that is nested too deeply", nested(33), "JSON nested more than 32 levels deep"],
    ["that is nested far too deeply", nested(1_000_000), "JSON nested more than 32 levels deep"],
    ["that is too large", `"${"a".repeat(DOCUMENT_BYTES)}"`, "4194306 characters of JSON, more than 4194304"],
  ])("%s", (_, text, message) => expect(() => parse(text)).toThrow(message))
})
