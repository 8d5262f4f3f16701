/**
 * Frames waiting to be written to a stream, as the source of a pipe. The pipe takes the next frame only when the
 * stream has room, so what piles up here is what the other side does not read; `push` refuses more than the bounds.
 */
export class Outbox implements AsyncIterable<Uint8Array> {
  readonly #maxFrames: number
  readonly #frames: { readonly frame: Uint8Array; readonly onWritten: (() => void) | undefined }[] = []
  #wake: (() => void) | null = null
  #ended = false

  constructor(maxFrames: number) {
    this.#maxFrames = maxFrames
  }

  /** False when the outbox is full or ended; the frame is dropped then. `onWritten`: the stream has taken it. */
  push(frame: Uint8Array, onWritten?: () => void): boolean {
    if (this.#ended || this.#frames.length >= this.#maxFrames) return false
    this.#frames.push({ frame, onWritten })
    this.#wake?.()
    return true
  }

  /** Lets the reader finish what is queued and then end. */
  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#frames.shift()
      if (next !== undefined) {
        yield next.frame
        next.onWritten?.()
      } else if (this.#ended) {
        return
      } else {
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
        this.#wake = null
      }
    }
  }
}
