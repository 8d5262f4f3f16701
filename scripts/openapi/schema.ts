/** A JSON schema (2020-12), as far as the document uses it. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly pattern?: string
  readonly enum?: readonly (string | number)[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly anyOf?: readonly Schema[]
}

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })
export const text: Schema = { type: 'string' }
export const flag: Schema = { type: 'boolean' }
export const whole: Schema = { type: 'integer' }
export const anything: Schema = {}
export const listOf = (items: Schema): Schema => ({ type: 'array', items })
export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })
export const oneWord = (...words: readonly string[]): Schema => ({ type: 'string', enum: words })

/** An object with exactly these fields. A name that ends in `?` may be left out. */
export function object(fields: Readonly<Record<string, Schema>>, description?: string): Schema {
  const names = Object.keys(fields)
  const properties = Object.fromEntries(names.map(name => [name.replace(/\?$/, ''), fields[name]!]))
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    properties,
    required: names.filter(name => !name.endsWith('?')),
    additionalProperties: false
  }
}

/** An object with fields of any name. */
export const mapOf = (additionalProperties: Schema): Schema => ({ type: 'object', additionalProperties })
