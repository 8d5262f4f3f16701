import { connect, type Socket } from 'node:net'

export interface RawConnection {
  readonly socket: Socket
  /** All that came, once the connection has ended in whatever way. */
  readonly ended: Promise<string>
}

/** A TCP connection to the server, for requests that no HTTP client would send. */
export async function rawConnect(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  // A reset is one of the ways in which the server may end a connection.
  socket.on('error', () => {})
  const ended = new Promise<string>(resolve =>
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  )
  await new Promise<void>(resolve => socket.once('connect', () => resolve()))
  return { socket, ended }
}

/** Writes `chunk` again and again until the server hangs up or `limit` bytes have left; gives the bytes written. */
export async function flood({ socket }: RawConnection, chunk: Buffer, limit: number): Promise<number> {
  let written = 0
  while (written < limit && !socket.destroyed && socket.writable) {
    written += chunk.length
    if (!socket.write(chunk)) await Promise.race([event(socket, 'drain'), event(socket, 'close')])
  }
  return written
}

function event(socket: Socket, name: string): Promise<void> {
  return new Promise(resolve => socket.once(name, () => resolve()))
}
