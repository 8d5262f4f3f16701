import { PnyxError } from '../util/index.ts'

/** Where a member of the outermost object stands in the text: `text.slice(start, end)` is its value, to the character. */
export interface JsonMember {
  readonly key: string
  readonly start: number
  readonly end: number
}

/** Text that is not one JSON object; says where. */
export class JsonSyntaxError extends PnyxError<'JSON_SYNTAX'> {
  constructor(reason: string, line: number, column: number) {
    super('JSON_SYNTAX', `${reason} (line ${line}, column ${column})`)
  }
}

/**
 * Checks that `text` is one JSON object (RFC 8259) and finds its members, without building any value: a value can then
 * be kept as it was written, and its size does not matter.
 *
 * @throws JsonSyntaxError
 */
export function scanJsonObject(text: string): readonly JsonMember[] {
  return new Scanner(text).scan()
}

const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const LITERAL = /true|false|null/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const SPACE = /[ \t\n\r]*/y

class Scanner {
  readonly #text: string
  #at = 0
  /** The closing character of every object and array that is open. */
  readonly #open: number[] = []

  constructor(text: string) {
    this.#text = text
  }

  scan(): readonly JsonMember[] {
    const members: JsonMember[] = []
    let key = ''
    let start = 0
    let wantsValue = true
    this.#space()
    if (this.#peek() !== OPEN_BRACE) this.#fail('expected {')
    do {
      if (!wantsValue) wantsValue = this.#commaOrClose()
      if (wantsValue) {
        const name = this.#open.at(-1) === CLOSE_BRACE ? this.#key() : ''
        if (this.#open.length === 1) {
          key = name
          start = this.#at
        }
        wantsValue = this.#opensNonEmpty()
      }
      if (wantsValue) continue
      if (this.#open.length === 1) members.push({ key, start, end: this.#at })
      this.#space()
    } while (this.#open.length > 0)
    if (this.#at < this.#text.length) this.#fail('expected nothing after the object')
    return members
  }

  /** Reads a scalar, an empty object or array, or the start of one that is not empty; true for the last. */
  #opensNonEmpty(): boolean {
    const first = this.#peek()
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      const close = first === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET
      this.#at += 1
      this.#space()
      if (this.#peek() !== close) {
        this.#open.push(close)
        return true
      }
      this.#at += 1
    } else if (first === QUOTE) this.#string()
    else if (!this.#matches(NUMBER) && !this.#matches(LITERAL)) this.#fail('expected a value')
    return false
  }

  /** Reads what may follow a value; true when that is a comma. */
  #commaOrClose(): boolean {
    const close = this.#open.at(-1)!
    const next = this.#peek()
    if (next !== COMMA && next !== close) this.#fail(`expected , or ${String.fromCharCode(close)}`)
    this.#at += 1
    if (next === close) this.#open.pop()
    else this.#space()
    return next === COMMA
  }

  #key(): string {
    if (this.#peek() !== QUOTE) this.#fail('expected a name in double quotes')
    const start = this.#at
    this.#string()
    const key = JSON.parse(this.#text.slice(start, this.#at)) as string
    this.#space()
    if (this.#peek() !== COLON) this.#fail('expected :')
    this.#at += 1
    this.#space()
    return key
  }

  #string(): void {
    this.#at += 1
    for (;;) {
      const code = this.#peek()
      if (code === QUOTE) break
      if (Number.isNaN(code)) this.#fail('expected the end of a string')
      if (code < 0x20) this.#fail('control character in a string')
      if (code !== BACKSLASH) this.#at += 1
      else if (!this.#matches(ESCAPE)) this.#fail('unknown escape in a string')
    }
    this.#at += 1
  }

  #matches(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    if (!pattern.test(this.#text)) return false
    this.#at = pattern.lastIndex
    return true
  }

  #space(): void {
    this.#matches(SPACE)
  }

  /** NaN at the end. */
  #peek(): number {
    return this.#text.charCodeAt(this.#at)
  }

  #fail(reason: string): never {
    const lines = this.#text.slice(0, this.#at).split('\n')
    const ended = this.#at < this.#text.length ? '' : ', but the text ends'
    throw new JsonSyntaxError(reason + ended, lines.length, lines.at(-1)!.length + 1)
  }
}
