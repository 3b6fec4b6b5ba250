import { SlipwayError } from "../../error.ts"
import type { Edit, EditResult } from "./edit.ts"
import { editValues } from "./helm.ts"
import { type FieldContext, planFields, planSingle, planText } from "./image-fields.ts"
import { type ImageFields, isVersionKey } from "./image-keys.ts"
import { isSameRepository, type NewImage, partText, repositoryOf, valueText } from "./new-image.ts"
import {
  type Cursor,
  descend,
  elements,
  entry,
  fieldsAt,
  nameList,
  placeText,
  requireEntry,
  roots,
  splitObject,
  textAt,
} from "./yaml/cursor.ts"
import { type ObjectName, parseYaml, type YamlFile } from "./yaml/document.ts"
import { replaceScalar } from "./yaml/scalar.ts"
import { writeYaml } from "./yaml/write.ts"

/** Edits an entry of `kustomize.images`, whose form is `[name=]repository[:tag][@digest]`. */
export function applyArgoKustomize(
  text: string,
  { name, image }: Extract<Edit, { kind: "argocd-kustomize" }>,
): EditResult {
  const file = parseYaml(text)
  const { object, rest } = splitObject(name)
  const lists = sources(file, object).flatMap((source) => descend(source, ["kustomize", "images"]) ?? [])
  const place = requireImage(lists.flatMap(elements), rest)
  const current = textAt(place) ?? ""
  const alias = current.includes("=") ? current.slice(0, current.indexOf("=") + 1) : ""
  const value = valueText(current.slice(alias.length), { part: "ref", image })
  const renamed = !alias && !isSameRepository(rest, partText(image, "repository") ?? "")
  const wanted = `${renamed ? `${rest}=` : alias}${value}`
  const { document, at } = place
  return writeYaml(file, { image, splices: replaceScalar(place, wanted), places: [{ document, at, text: wanted }] })
}

/** Edits an Application's Helm values or parameters. Parameters come first, because Argo CD prefers them to values. */
export function applyArgoHelm(text: string, { path, image }: Extract<Edit, { kind: "argocd-helm" }>): EditResult {
  const file = parseYaml(text)
  const { object, rest } = splitObject(path)
  const helms = sources(file, object).flatMap((source) => entry(source, "helm") ?? [])
  const parameters = helms.flatMap((helm) => elements(entry(helm, "parameters") ?? helm))
  const plan = planParameters(parameters, { path: rest, image })
  if (plan.length) {
    return writeYaml(file, {
      image,
      splices: plan.flatMap(({ place, text }) => replaceScalar(place, text)),
      places: plan.map(({ place: { document, at }, text }) => ({ document, at, text })),
    })
  }
  const holders = helms.flatMap((helm) => ["valuesObject", "values"].flatMap((key) => entry(helm, key) ?? []))
  if (holders.length) return editValues(file, { holders, path: rest, image })
  throw notFound(`a Helm parameter ${rest} or ${rest}.tag, or Helm values`, parameters.map(parameterName))
}

type PlannedText = { place: Cursor; text: string }

/** Plans the parameter of this name, or those below it: `image.repository`, `image.tag`, `image.digest`. */
function planParameters(parameters: Cursor[], { path, image }: { path: string; image: NewImage }): PlannedText[] {
  const own = parameters.filter((one) => parameterName(one) === path)
  if (own.length > 1) throw severalNamed(path, own)
  const below = own.length ? path.slice(0, path.lastIndexOf(".") + 1) : `${path}.`
  const siblings = parameters.filter((one) => parameterName(one).startsWith(below))
  const keyOf = (one: Cursor) => parameterName(one).slice(below.length)
  const fields: ImageFields = Object.fromEntries(siblings.map((one) => [keyOf(one), fieldsAt(one)["value"] ?? ""]))
  if (siblings.length === 0) return []
  const key = path.slice(below.length)
  const global = parameters.filter((one) => parameterName(one).startsWith("global."))
  const planning = { fields, image, around: global.map((one) => fieldsAt(one)["value"] ?? "") }
  const texts = own.length ? planOwn(key, planning) : planFields(planning)
  return siblings
    .filter((one) => keyOf(one) in texts)
    .map((one) => ({ place: requireEntry(one, "value"), text: texts[keyOf(one)] ?? "" }))
}

/** A parameter with an image may have its tag in another one; a parameter called tag or digest has only that part. */
function planOwn(key: string, planning: FieldContext): ImageFields {
  return isVersionKey(key) ? { [key]: planSingle(key, planning) } : planText(key, planning)
}

/** The sources of every Application and ApplicationSet template in the file. */
function sources(file: YamlFile, object?: ObjectName): Cursor[] {
  return roots(file, object).flatMap(argoSources)
}

/** The sources of an Application, or of an ApplicationSet's template. */
export function argoSources(root: Cursor): Cursor[] {
  return [["spec"], ["spec", "template", "spec"]].flatMap((path) => {
    const spec = descend(root, path)
    const [single, several] = spec ? [entry(spec, "source"), entry(spec, "sources")] : []
    return [...(single ? [single] : []), ...(several ? elements(several) : [])]
  })
}

function requireImage(all: Cursor[], name: string): Cursor {
  const nameOf = (one: Cursor) => repositoryOf((textAt(one) ?? "").split("=")[0] ?? "")
  const found = all.filter((one) => nameOf(one) === name)
  if (found.length === 1 && found[0]) return found[0]
  throw found.length ? severalNamed(name, found) : notFound(`an entry of kustomize.images for ${name}`, all.map(nameOf))
}

function parameterName(parameter: Cursor): string {
  return fieldsAt(parameter)["name"] ?? ""
}

function severalNamed(name: string, found: Cursor[]): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `${name} in one place`,
    got: nameList(found.map(placeText)),
    fix: "Prefix the edit's name with the object, as in Application/web:image, or remove one of the entries.",
  })
}

function notFound(expected: string, there: string[]): SlipwayError {
  return new SlipwayError("IMAGE_NOT_FOUND", {
    expected,
    got: nameList(there),
    fix: "Correct the name in --edits, or add the entry to the file.",
  })
}
