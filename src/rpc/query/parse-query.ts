import { callFailed } from '../rpc-error.ts'
import { type Argument, type Condition, MAX_QUERY_BYTES, type Operator, type Query } from './query.ts'
import { Scanner, type Token, type TokenKind } from './scanner.ts'

const OPERATORS: readonly TokenKind[] = [
  '<= operator',
  '>= operator',
  '< operator',
  '> operator',
  '= operator',
  'CONTAINS operator',
  'EXISTS operator'
]
const ORDERED: readonly TokenKind[] = ['number', 'timestamp', 'datestamp']
const EQUATED: readonly TokenKind[] = [...ORDERED, 'string']

const ARGUMENT_KIND = { string: 'string', number: 'number', timestamp: 'time', datestamp: 'date' } as const

/** Reads `tag OP value {AND tag OP value}`. @throws RpcError with CometBFT's text */
export function parseQuery(text: string): Query {
  if (Buffer.byteLength(text) > MAX_QUERY_BYTES) throw callFailed('maximum query length exceeded')
  const scanner = new Scanner(text)
  const conditions = [parseCondition(scanner)]
  for (;;) {
    const token = nextOrInvalid(scanner)
    if (token === null) return conditions
    if (token.kind !== 'AND operator') {
      throw callFailed(`offset ${token.offset}: got ${token.kind}, want AND operator`)
    }
    conditions.push(parseCondition(scanner))
  }
}

/** Between conditions CometBFT tells of the place only, not of what was wrong with the token there. */
function nextOrInvalid(scanner: Scanner): Token | { readonly kind: 'invalid token'; offset: number } | null {
  const { offset } = scanner
  try {
    return scanner.next()
  } catch {
    return { kind: 'invalid token', offset }
  }
}

function parseCondition(scanner: Scanner): Condition {
  const tag = require(scanner, ['tag']).text
  const operator = require(scanner, OPERATORS).text as Operator
  return { tag, operator, argument: parseArgument(scanner, operator) }
}

function parseArgument(scanner: Scanner, operator: Operator): Argument | null {
  if (operator === 'EXISTS') return null
  const allowed = operator === 'CONTAINS' ? (['string'] as const) : operator === '=' ? EQUATED : ORDERED
  const { kind, text } = require(scanner, allowed)
  return { kind: ARGUMENT_KIND[kind as keyof typeof ARGUMENT_KIND], text }
}

function require(scanner: Scanner, kinds: readonly TokenKind[]): Token {
  const token = scanner.next()
  if (token === null) throw callFailed(`offset ${scanner.offset}: EOF`)
  if (kinds.includes(token.kind)) return token
  const wanted = kinds.length === 1 ? kinds[0] : `${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)}`
  throw callFailed(`offset ${token.offset}: got ${token.kind}, wanted ${wanted}`)
}
