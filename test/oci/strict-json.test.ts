import { describe, expect, test } from "vitest"
import { DOCUMENT_BYTES, parseStrictJson } from "../../lib/oci/strict-json.ts"

const spelling = { fields: ["manifests", "size", "platform", "mediaType"], maps: ["annotations", "Labels"] }
const parse = (text: string) => parseStrictJson(text, spelling)
const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`

describe("JSON that every parser reads the same way is taken", () => {
  test.each<[string, string]>([
    ["with fields that are not known here", '{"manifests":[{"size":1,"more":{"Most":2}}],"More":3}'],
    ["with names of the author's own that differ by case", '{"annotations":{"Size":"1","size":"2","SIZE":"3"}}'],
    ["with one name in two objects", '{"a":{"size":1},"b":{"size":1}}'],
    ["with a field's name as a value", '{"a":"Manifests","b":["size","Size"]}'],
    ["with brackets and quotes in a string", `{"a":"${"[{".repeat(40)}\\"Size\\":"}`],
    ["of the depth that is allowed", nested(32)],
  ])("%s", (_, text) => expect(parse(text)).toEqual(JSON.parse(text)))
})

describe("JSON is refused", () => {
  test.each<[string, string, string]>([
    ["that is none", "{", "text that is not JSON"],
    ["with a byte order mark", "\ufeff{}", "text that is not JSON"],
    ["with a key twice", '{"manifests":[],"manifests":[1]}', 'the key "manifests" twice in one object'],
    ["with a key twice, once escaped", '{"size":1,"si\\u007ae":2}', 'the key "size" twice'],
    ["with a key twice deep inside", '{"a":[{"b":{"c":1,"c":2}}]}', 'the key "c" twice'],
    ["with a key twice among annotations", '{"annotations":{"a":"1","a":"2"}}', 'the key "a" twice'],
    ["with a key twice by case", '{"other":1,"Other":2}', 'the key "Other" twice'],
    ["with a field in other case", '{"Manifests":[]}', 'the key "Manifests", which some parsers take for "manifests"'],
    ["with white space before the colon", `{"Manifests"${" \n".repeat(99)}:[]}`, 'the key "Manifests", which some'],
    ["with a long s for an s", '{"\u017fize":1}', 'which some parsers take for "size"'],
    ["with a field in other case within a list", '{"manifests":[{"Platform":{}}]}', 'take for "platform"'],
    ["with a map's name on a list", '{"annotations":[{"Size":1}]}', 'take for "size"'],
    ["with __proto__", '{"a":{"__proto__":{}}}', '"__proto__", which is not data'],
    ["that is nested too deep", nested(33), "JSON nested more than 32 levels deep"],
    ["that is nested far too deep", nested(1_000_000), "JSON nested more than 32 levels deep"],
    ["that is too large", `"${"a".repeat(DOCUMENT_BYTES)}"`, "4194306 characters of JSON, more than 4194304"],
  ])("%s", (_, text, message) => expect(() => parse(text)).toThrow(message))
})
