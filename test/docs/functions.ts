import type { Argument, Method, ModuleEnum, ModuleObject, PublicApi, TypeDef } from "../public-api.ts"
import { kebab } from "./flag.ts"
import { code, page, prose, table } from "./markdown.ts"

/** All of the module's functions with their flags, in the order of the source, which is the order of a delivery. */
export function renderFunctions({ construct, fields, methods, objects, enums }: PublicApi): string {
  const use = `Call a function as \`dagger -m "$SLIPWAY" call [access and settings] FUNCTION [flags]\`. Flags of type list are repeatable and split at commas; an element with a comma goes in double quotes of its own. A secret is \`env:NAME\`, \`file:PATH\` or \`cmd:"COMMAND"\`. \`dagger -m "$SLIPWAY" call FUNCTION --help\` shows the same text.`
  const groups = fields.map(({ name, description }) => [
    `[${kebab(name)}](#${kebab(name)})`,
    prose(summary(description)),
  ])
  const overview = methods.map(({ name, description }) => [
    `[${kebab(name)}](#${kebab(name)})`,
    prose(summary(description)),
  ])
  return page(
    "Functions",
    "src/",
    use,
    table(["Function", "Purpose"], [...overview, ...groups]),
    "## Access, settings and tools",
    "These flags precede the function's name and hold for every function.",
    renderFlags(Object.values(construct.arguments)),
    ...methods.map((method) => renderMethod(method, "##")),
    ...objects.map((object) => renderObject(object, fields.find(({ type }) => type.name === object.name)?.name)),
    ...(enums.length ? ["## Values", table(["Type", "Values"], enums.map(enumRow))] : []),
  )
}

function renderMethod({ name, description, arguments: args, returnType }: Method, level: string): string {
  const blocks = [`${level} ${kebab(name)}`, prose(description), `Type of the result: ${code(renderType(returnType))}.`]
  return [...blocks, renderFlags(Object.values(args))].filter((block) => block !== "").join("\n\n")
}

/** An object that a field of the module holds is a group: its functions are called by the field's name and theirs. */
function renderObject({ name, description, fields, methods }: ModuleObject, group?: string): string {
  const rows = fields.map((field) => [code(kebab(field.name)), code(renderType(field.type)), prose(field.description)])
  const blocks = [
    `## ${group ? kebab(group) : name}`,
    prose(description),
    rows.length ? table(["Field", "Type", "Description"], rows) : "",
  ]
  return [...blocks, ...methods.map((method) => renderMethod(method, group ? `### ${kebab(group)}` : "###"))]
    .filter((block) => block !== "")
    .join("\n\n")
}

function renderFlags(args: Argument[]): string {
  const rows = args.map(({ name, type, description, ...rest }) => [
    code(`--${kebab(name)}`),
    `${code(renderType(type))}${isRequired(rest) ? ", required" : ""}`,
    prose(description),
  ])
  return rows.length ? table(["Flag", "Type", "Description"], rows) : ""
}

type Optionality = Pick<Argument, "isNullable" | "isOptional" | "defaultValue">

function isRequired({ isNullable, isOptional, defaultValue }: Optionality): boolean {
  return !isNullable && !isOptional && defaultValue === undefined
}

function renderType({ kind, name, typeDef }: TypeDef): string {
  if (typeDef) return `list of ${renderType(typeDef)}`
  return name ?? kind.replace("_KIND", "").toLowerCase()
}

function enumRow({ name, values }: ModuleEnum): string[] {
  return [code(name), values.map(code).join(", ")]
}

function summary(description: string): string {
  return description.split("\n\n")[0]?.replaceAll("\n", " ") ?? ""
}
