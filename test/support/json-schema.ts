import type { Schema } from '../../scripts/openapi/schema.ts'

type Definitions = Readonly<Record<string, Schema>>

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

/** Where a JSON value breaks a schema, a line each; knows the keywords that `Schema` lists and no others. */
export function schemaProblems(
  schema: Schema,
  value: unknown,
  definitions: Definitions,
  path = '$'
): string[] {
  if (schema.$ref !== undefined) {
    const target = definitions[schema.$ref.replace('#/components/schemas/', '')]
    return target === undefined
      ? [`${path}: ${schema.$ref} does not exist`]
      : schemaProblems(target, value, definitions, path)
  }
  if (schema.anyOf !== undefined) {
    const tried = schema.anyOf.map(one => schemaProblems(one, value, definitions, path))
    return tried.some(problems => problems.length === 0) ? [] : tried.sort((a, b) => a.length - b.length)[0]!
  }
  const type = typeOf(value)
  const allowed = schema.type === undefined ? null : [schema.type].flat()
  if (allowed !== null && !allowed.some(one => one === type || (one === 'number' && type === 'integer'))) {
    return [`${path}: ${type}, not ${allowed.join(' or ')}`]
  }
  if (schema.enum !== undefined && !schema.enum.includes(value as string)) {
    return [`${path}: ${JSON.stringify(value)} is none of ${schema.enum.join(', ')}`]
  }
  if (typeof value === 'string' && schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) {
    return [`${path}: ${JSON.stringify(value.slice(0, 50))} does not match ${schema.pattern}`]
  }
  if (Array.isArray(value)) {
    const { items } = schema
    return items === undefined
      ? []
      : value.flatMap((one, index) => schemaProblems(items, one, definitions, `${path}[${index}]`))
  }
  return type === 'object' ? objectProblems(schema, value as object, definitions, path) : []
}

function objectProblems(schema: Schema, value: object, definitions: Definitions, path: string): string[] {
  const { properties = {}, required = [], additionalProperties = true } = schema
  const missing = required.filter(name => !Object.hasOwn(value, name)).map(name => `${path}.${name}: missing`)
  const fields = Object.entries(value).flatMap(([name, field]) => {
    const at = `${path}.${name}`
    const known = properties[name]
    if (known !== undefined) return schemaProblems(known, field, definitions, at)
    if (additionalProperties === false) return [`${at}: not in the document`]
    return additionalProperties === true ? [] : schemaProblems(additionalProperties, field, definitions, at)
  })
  return [...missing, ...fields]
}
