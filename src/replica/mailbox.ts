/** A bounded queue that one consumer works off, one item at a time, in order. */
export class Mailbox<Item> {
  readonly #most: number
  readonly #consume: (item: Item) => Promise<void>
  #items: Item[] = []
  #next = 0
  #running: Promise<void> | null = null

  constructor(most: number, consume: (item: Item) => Promise<void>) {
    this.#most = most
    this.#consume = consume
  }

  get size(): number {
    return this.#items.length - this.#next
  }

  /** False when it is full. */
  put(item: Item): boolean {
    if (this.size >= this.#most) return false
    this.putOwn(item)
    return true
  }

  /** For what the owner itself causes: never refused, since there is little of it. */
  putOwn(item: Item): void {
    this.#items.push(item)
    this.#running ??= this.#drain()
  }

  clear(): void {
    this.#items = []
    this.#next = 0
  }

  /** Resolves once nothing is left to do. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running
  }

  async #drain(): Promise<void> {
    // Begins in a turn of its own, so that putting something in never runs the consumer under the caller's feet.
    await null
    while (this.size > 0) {
      const item = this.#items[this.#next++]!
      if (this.#next >= 1024) {
        this.#items = this.#items.slice(this.#next)
        this.#next = 0
      }
      await this.#consume(item)
    }
    this.clear()
    this.#running = null
  }
}
