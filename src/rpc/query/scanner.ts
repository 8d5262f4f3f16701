import { callFailed } from '../rpc-error.ts'
import { parseDate, parseTime } from './moments.ts'

export type TokenKind =
  | 'tag'
  | 'string'
  | 'number'
  | 'timestamp'
  | 'datestamp'
  | 'AND operator'
  | 'CONTAINS operator'
  | 'EXISTS operator'
  | '= operator'
  | '< operator'
  | '<= operator'
  | '> operator'
  | '>= operator'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** Bytes before the token. */
  readonly offset: number
}

const SPACE = /[\s\u0085]/u
const DIGIT = /[0-9]/
const TAG_START = /[_\p{L}\p{Nd}]/u
const TAG_PART = /[._\-\p{L}\p{Nd}]/u
const TIME_PART = /[-T:+Z0-9]/
const DATE_PART = /[0-9-]/

const KEYWORDS: Readonly<Record<string, TokenKind>> = {
  AND: 'AND operator',
  CONTAINS: 'CONTAINS operator',
  EXISTS: 'EXISTS operator'
}

/** Cuts a query into tokens, with the texts and byte offsets of CometBFT's errors (libs/pubsub/query/syntax). */
export class Scanner {
  readonly #chars: readonly string[]
  #index = 0
  #offset = 0

  constructor(text: string) {
    this.#chars = [...text]
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset
  }

  /** The next token, null at the end. @throws RpcError for what is no token */
  next(): Token | null {
    while (this.#peek() !== null && SPACE.test(this.#peek()!)) this.#take()
    const offset = this.#offset
    const first = this.#peek()
    if (first === null) return null
    if (DIGIT.test(first)) return { kind: 'number', text: this.#number(), offset }
    if (TAG_START.test(first)) return this.#word(offset)
    if (first === "'") return { kind: 'string', text: this.#string(offset), offset }
    if (first === '<' || first === '>' || first === '=') return this.#comparison(offset)
    this.#take()
    throw callFailed(`offset ${offset}: invalid input ${first} at offset ${this.#offset}`)
  }

  #number(): string {
    const whole = this.#takeWhile(DIGIT)
    if (this.#peek() !== '.') return whole
    return whole + this.#take() + this.#takeWhile(DIGIT)
  }

  #string(offset: number): string {
    this.#take()
    let text = ''
    for (;;) {
      const char = this.#take()
      if (char === null) throw callFailed(`offset ${offset}: EOF`)
      if (char === "'") return text
      text += char
    }
  }

  #comparison(offset: number): Token {
    let text = this.#take()!
    if (text !== '=' && this.#peek() === '=') text += this.#take()
    return { kind: `${text} operator` as TokenKind, text, offset }
  }

  #word(offset: number): Token {
    const text = this.#takeWhile(TAG_PART)
    if ((text === 'TIME' || text === 'DATE') && this.#peek() === ' ') {
      this.#take()
      return text === 'TIME' ? this.#time(offset) : this.#date(offset)
    }
    return { kind: Object.hasOwn(KEYWORDS, text) ? KEYWORDS[text]! : 'tag', text, offset }
  }

  #time(offset: number): Token {
    const text = this.#takeWhile(TIME_PART)
    if (parseTime(text) === null) throw callFailed(`offset ${offset}: invalid TIME value: ${text}`)
    checkYear(text, offset, 'timestamp')
    return { kind: 'timestamp', text, offset }
  }

  #date(offset: number): Token {
    const text = this.#takeWhile(DATE_PART)
    if (parseDate(text) === null) throw callFailed(`offset ${offset}: invalid DATE value: ${text}`)
    checkYear(text, offset, 'datestamp')
    return { kind: 'datestamp', text, offset }
  }

  #takeWhile(part: RegExp): string {
    let text = ''
    while (this.#peek() !== null && part.test(this.#peek()!)) text += this.#take()
    return text
  }

  #peek(): string | null {
    return this.#chars[this.#index] ?? null
  }

  #take(): string | null {
    const char = this.#peek()
    if (char === null) return null
    this.#index += 1
    this.#offset += Buffer.byteLength(char)
    return char
  }
}

function checkYear(text: string, offset: number, what: string): void {
  const year = Number(text.slice(0, 4))
  if (year < 1900 || year > 2999) throw callFailed(`offset ${offset}: ${what} year ${year} out of range`)
}
