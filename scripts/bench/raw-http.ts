import { connect, type Socket } from 'node:net'
import { PnyxError } from '../../src/util/index.ts'

export class LoadError extends PnyxError<'CONNECTION_LOST' | 'BAD_ANSWER' | 'CLIENT_FAILED'> {}

const HEADER_END = '\r\n\r\n'

/**
 * One keep-alive connection that posts JSON and waits for the answer before it posts again. Written by hand since the
 * client shares the machine with the validators: it takes a third of the CPU of node's own.
 */
export class RawHttp {
  readonly #socket: Socket
  readonly #head: string
  #received = ''
  #waiting: { resolve: (body: string) => void; reject: (error: LoadError) => void } | null = null
  #failure: LoadError | null = null

  private constructor(socket: Socket, host: string) {
    this.#socket = socket
    this.#head = `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: `
    // Answers are ASCII: JSON with base64 and hex.
    socket.setNoDelay(true).setEncoding('latin1')
    socket.on('data', (text: string) => this.#onData(text))
    socket.on('error', error => this.#fail(new LoadError('CONNECTION_LOST', `${host}: ${error.message}`)))
    socket.on('close', () => this.#fail(new LoadError('CONNECTION_LOST', `${host} closed the connection`)))
  }

  static open(url: string): Promise<RawHttp> {
    const { hostname, port, host } = new URL(url)
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port) })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new RawHttp(socket, host))
      })
    })
  }

  /** The body of the answer, whatever its status. */
  post(body: string): Promise<string> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(`${this.#head}${Buffer.byteLength(body)}${HEADER_END}${body}`, 'latin1')
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #onData(text: string): void {
    this.#received += text
    const headEnd = this.#received.indexOf(HEADER_END)
    if (headEnd < 0) return
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received.slice(0, headEnd))?.[1]
    if (length === undefined) {
      this.#fail(new LoadError('BAD_ANSWER', 'an answer without content-length'))
      return
    }
    const bodyStart = headEnd + HEADER_END.length
    const bodyEnd = bodyStart + Number(length)
    if (this.#received.length < bodyEnd) return
    const body = this.#received.slice(bodyStart, bodyEnd)
    this.#received = this.#received.slice(bodyEnd)
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.resolve(body)
  }

  #fail(error: LoadError): void {
    this.#failure ??= error
    this.#waiting?.reject(this.#failure)
    this.#waiting = null
    this.#socket.destroy()
  }
}
