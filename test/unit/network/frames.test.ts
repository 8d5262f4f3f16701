import { describe, expect, it } from 'vitest'
import { Outbox } from '../../../src/network/outbox.ts'
import { agentVersion, listenAddressOf, monikerOf } from '../../../src/network/peer-book.ts'
import {
  type AnswerStatus,
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeRequest
} from '../../../src/network/request-frames.ts'
import { wireNames } from '../../../src/network/wire-names.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text))

describe('request frames', () => {
  it('carry id, status and payload', () => {
    for (const id of [0, 1, 0xffff_ffff]) {
      expect(decodeRequest(encodeRequest({ id, payload: bytes('ask') }))).toEqual({
        id,
        payload: bytes('ask')
      })
      for (const status of ['ok', 'refused', 'busy', 'tooLarge'] satisfies AnswerStatus[]) {
        expect(decodeAnswer(encodeAnswer(id, status, bytes('tell')))).toEqual({
          id,
          status,
          payload: bytes('tell')
        })
      }
    }
    expect(decodeAnswer(encodeAnswer(7, 'refused'))!.payload).toHaveLength(0)
  })

  it('are read at their place in a larger buffer', () => {
    const buffer = new Uint8Array(30)
    buffer.set(encodeRequest({ id: 258, payload: bytes('ask') }), 11)
    expect(decodeRequest(buffer.subarray(11, 18))).toEqual({ id: 258, payload: bytes('ask') })
  })

  it('are refused when too short or of unknown status', () => {
    expect(decodeRequest(new Uint8Array(3))).toBeNull()
    expect(decodeAnswer(new Uint8Array(4))).toBeNull()
    expect(decodeAnswer(Uint8Array.of(0, 0, 0, 1, 9))).toBeNull()
  })
})

describe('outbox', () => {
  const readAll = async (outbox: Outbox) => {
    const frames: string[] = []
    for await (const frame of outbox) frames.push(Buffer.from(frame).toString())
    return frames
  }

  it('gives what was pushed before and while it is read, then ends', async () => {
    const outbox = new Outbox(10)
    outbox.push(bytes('a'))
    const reading = readAll(outbox)
    await Promise.resolve()
    outbox.push(bytes('b'))
    outbox.push(bytes('c'))
    outbox.end()
    expect(await reading).toEqual(['a', 'b', 'c'])
    expect(outbox.push(bytes('d'))).toBe(false)
  })

  it('takes no more than its bound, and tells when a frame was written, not when it was taken', async () => {
    const outbox = new Outbox(2)
    const written: string[] = []
    expect(outbox.push(bytes('a'), () => written.push('a'))).toBe(true)
    expect(outbox.push(bytes('b'), () => written.push('b'))).toBe(true)
    expect(outbox.push(bytes('c'))).toBe(false)
    const reader = outbox[Symbol.asyncIterator]()
    await reader.next()
    expect(written).toEqual([])
    await reader.next()
    expect(written).toEqual(['a'])
    expect(outbox.push(bytes('c'))).toBe(true)
  })
})

describe('names on the wire', () => {
  it('share nothing between two chains', () => {
    const all = (hash: string) => {
      const names = wireNames(hash)
      return [...Object.values(names.topics), ...Object.values(names.protocols), names.direct]
    }
    const [one, other] = [all('ab'.repeat(32)), all('cd'.repeat(32))]
    expect(new Set(one).size).toBe(8)
    expect(one.filter(name => other.includes(name))).toEqual([])
    expect(wireNames('ab'.repeat(32)).topicOfName.get(one[0]!)).toBe('consensus')
  })
})

describe('what a peer says of itself', () => {
  it('is the moniker behind the software', () => {
    expect(monikerOf(agentVersion({ version: '0.1.0', moniker: 'my validator' }))).toBe('my validator')
    expect(monikerOf(agentVersion({ version: '', moniker: 'Zürich 1 ✓' }))).toBe('Zürich 1 ✓')
  })

  it('is cut to printable characters and a bounded length, whatever it holds', () => {
    expect(monikerOf('pnyx/1 a\u001b[31mred\r\nnew line\u202egnp.exe\u0000')).toBe('a[31mrednew linegnp.exe')
    expect([...monikerOf(`pnyx/1 ${'🦉'.repeat(1_000)}`)].length).toBeLessThanOrEqual(70)
    for (const agent of [undefined, '', 'js-libp2p/3.3.11 node/20', 'pnyx/', `pnyx/${'9'.repeat(100)} x`]) {
      expect(monikerOf(agent)).toBe('')
    }
  })
  it('is where it listens, on the IP it is seen under if it can be', () => {
    const told = ['/ip4/127.0.0.1/tcp/26656', '/ip4/10.0.0.7/tcp/26656/p2p/12D3KooW']
    expect(listenAddressOf(told, '/ip4/10.0.0.7/tcp/51234')).toBe('/ip4/10.0.0.7/tcp/26656')
    expect(listenAddressOf(told, '/ip4/203.0.113.9/tcp/51234')).toBe('/ip4/127.0.0.1/tcp/26656')
    expect(listenAddressOf(['/dns4/node.example.org/tcp/1'], '')).toBe('/dns4/node.example.org/tcp/1')
    const hostile = [
      '',
      '/ip4/\u001b[31m/tcp/1',
      '/unix/x',
      `/dns/${'a'.repeat(300)}/tcp/1`,
      '/ip4/1.2.3.4/udp/1'
    ]
    expect(listenAddressOf(hostile, '/ip4/1.2.3.4/tcp/9')).toBe('')
  })
})
