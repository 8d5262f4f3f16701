import { describe, expect, it } from 'vitest'
import { gathering, joining } from '../../../src/network/gathered-writes.ts'

type Status = 'open' | 'closed'

/** A connection that notes what it is told to send. */
function fakeConnection() {
  const sent: string[] = []
  const connection = {
    status: 'open' as Status,
    writableNeedsDrain: false,
    send(data: unknown): boolean {
      sent.push(Buffer.from(data as Uint8Array).toString('latin1'))
      return true
    },
    async close(): Promise<void> {
      sent.push('closed')
    }
  }
  return { sent, connection }
}

function data(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

/** A yamux header. */
function header(type: number, flags: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(12)
  bytes[1] = type
  bytes.writeUInt16BE(flags, 2)
  bytes.writeUInt32BE(7, 4)
  bytes.writeUInt32BE(length, 8)
  return bytes
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

describe('gathering writes', () => {
  it('sends what one turn brings as one message, in order', async () => {
    const { sent, connection } = fakeConnection()
    const gathered = gathering(connection)
    gathered.send(data('one '))
    gathered.send(data('two '))
    await Promise.resolve()
    gathered.send(data('three'))
    expect(sent).toEqual([])
    await nextTurn()
    expect(sent).toEqual(['one two three'])
    gathered.send(data('four'))
    await nextTurn()
    expect(sent).toEqual(['one two three', 'four'])
  })

  it('lets a small grant of window wait for something to travel with', async () => {
    const { sent, connection } = fakeConnection()
    const gathered = gathering(connection)
    const grant = header(1, 0, 300)
    gathered.send(grant)
    await nextTurn()
    expect(sent).toEqual([])
    gathered.send(data('vote'))
    await nextTurn()
    expect(sent).toEqual([`${Buffer.from(grant).toString('latin1')}vote`])
  })

  it('sends a grant by itself when nothing comes', async () => {
    const { sent, connection } = fakeConnection()
    const done = new Promise<void>(resolve => {
      const send = connection.send.bind(connection)
      connection.send = bytes => {
        resolve()
        return send(bytes)
      }
    })
    gathering(connection).send(header(1, 0, 300))
    const keepAlive = setInterval(() => {}, 1000)
    await done
    clearInterval(keepAlive)
    expect(sent.length).toBe(1)
  })

  it('holds back no grants that are large together, no other header, and nothing that starts or ends a stream', async () => {
    for (const frames of [
      [header(1, 0, 20_000), header(1, 0, 20_000)],
      [header(2, 1, 5)],
      [header(1, 1, 0)],
      [header(1, 4, 0)],
      [header(3, 0, 0)]
    ]) {
      const { sent, connection } = fakeConnection()
      const gathered = gathering(connection)
      for (const frame of frames) gathered.send(frame)
      await nextTurn()
      expect(sent.length).toBe(1)
    }
  })

  it('does not gather without end', () => {
    const { sent, connection } = fakeConnection()
    const gathered = gathering(connection)
    for (let i = 0; i < 100; i++) gathered.send(new Uint8Array(1000))
    expect(sent.length).toBe(1)
    expect(sent[0]!.length).toBeGreaterThanOrEqual(65536)
  })

  it('says when the connection is full', () => {
    const { connection } = fakeConnection()
    const gathered = gathering(connection)
    expect(gathered.send(data('a'))).toBe(true)
    connection.writableNeedsDrain = true
    expect(gathered.send(data('b'))).toBe(false)
  })

  it('sends what waits before it closes', async () => {
    const { sent, connection } = fakeConnection()
    const gathered = gathering(connection)
    gathered.send(data('last words'))
    await gathered.close()
    expect(sent).toEqual(['last words', 'closed'])
    await nextTurn()
    expect(sent.length).toBe(2)
  })

  it('lets the connection refuse once it is closed, and throws nothing where nobody catches', async () => {
    const { sent, connection } = fakeConnection()
    const gathered = gathering(connection)
    gathered.send(data('lost'))
    connection.status = 'closed'
    await nextTurn()
    expect(sent).toEqual([])
    gathered.send(data('refused by the connection itself'))
    expect(sent).toEqual(['refused by the connection itself'])
  })
})

describe('joining', () => {
  it('makes one piece of a list', () => {
    const { sent, connection } = fakeConnection()
    const list = { subarray: () => data('whole') }
    joining(connection).send(list as never)
    expect(sent).toEqual(['whole'])
  })
})
