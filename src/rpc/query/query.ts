/** Operators under the text that clients write. */
export type Operator = '=' | '<' | '<=' | '>' | '>=' | 'CONTAINS' | 'EXISTS'

export interface Argument {
  readonly kind: 'string' | 'number' | 'time' | 'date'
  /** Without quotes or keyword. */
  readonly text: string
}

/** One condition on the values of an attribute. */
export interface Condition {
  /** `type.attribute`, or a reserved name such as `tm.event`. */
  readonly tag: string
  readonly operator: Operator
  /** Null for EXISTS alone. */
  readonly argument: Argument | null
}

/** Conditions that must all hold. The language has neither OR nor NOT. */
export type Query = readonly Condition[]

/** The longest query taken, in bytes. */
export const MAX_QUERY_BYTES = 512

/** The query in one spelling, by which two that differ in blanks are the same. */
export function queryToText(query: Query): string {
  return query.map(conditionToText).join(' AND ')
}

function conditionToText({ tag, operator, argument }: Condition): string {
  return argument === null ? `${tag} ${operator}` : `${tag} ${operator} ${argumentToText(argument)}`
}

function argumentToText({ kind, text }: Argument): string {
  switch (kind) {
    case 'string':
      return `'${text}'`
    case 'time':
      return `TIME ${text}`
    case 'date':
      return `DATE ${text}`
    case 'number':
      return text
  }
}
