import { describe, expect, it } from 'vitest'
import {
  isPeerId,
  parsePeerAddress,
  parseTcpAddress,
  tcpAddressToHttpUrl,
  tcpAddressToMultiaddr,
  tcpAddressToText
} from '../../../src/config/index.ts'

const PEER = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'

describe('addresses', () => {
  it.each([
    ['tcp://127.0.0.1:26657', '127.0.0.1', 26657],
    ['127.0.0.1:1', '127.0.0.1', 1],
    [':26660', '0.0.0.0', 26660],
    ['tcp://localhost:0', 'localhost', 0],
    ['tcp://[::1]:80', '::1', 80],
    ['node-1.example.org:65535', 'node-1.example.org', 65535],
    ['/ip4/10.0.0.1/tcp/26656', '10.0.0.1', 26656],
    ['/ip6/::/tcp/26656', '::', 26656],
    ['/dns4/node.example/tcp/26656', 'node.example', 26656]
  ])('%s is read', (text, host, port) => {
    expect(parseTcpAddress(text)).toEqual({ host, port })
  })

  it.each([
    '',
    'tcp://',
    'tcp://127.0.0.1',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '1.2.3:80',
    '256.1.1.1:80',
    '::1:80',
    '[::g]:80',
    '[127.0.0.1]:80',
    'http://127.0.0.1:80',
    'unix:///x',
    'a b:80',
    '-a:80',
    '/ip4/::1/tcp/1',
    '/ip4/1.2.3.4/udp/1',
    '/ip4/1.2.3.4/tcp/1/ws'
  ])('%j is refused', text => {
    expect(parseTcpAddress(text)).toBeUndefined()
  })

  it('change form and back', () => {
    for (const text of ['tcp://127.0.0.1:1', 'tcp://[::1]:1', 'tcp://a.example:1']) {
      const address = parseTcpAddress(text)!
      expect(tcpAddressToText(address)).toBe(text)
      expect(parseTcpAddress(tcpAddressToMultiaddr(address))).toEqual(address)
    }
  })

  it('of servers on every interface are called on this machine', () => {
    expect(tcpAddressToHttpUrl({ host: '0.0.0.0', port: 1 })).toBe('http://127.0.0.1:1')
    expect(tcpAddressToHttpUrl({ host: '::', port: 1 })).toBe('http://[::1]:1')
    expect(tcpAddressToHttpUrl({ host: 'a.example', port: 1 })).toBe('http://a.example:1')
  })

  it('of peers need the libp2p id of an ed25519 key and a port', () => {
    expect(isPeerId(PEER)).toBe(true)
    expect(parsePeerAddress(`${PEER}@[::1]:9`)?.multiaddr).toBe(`/ip6/::1/tcp/9/p2p/${PEER}`)
    for (const wrong of [
      `/ip4/1.2.3.4/tcp/0/p2p/${PEER}`,
      `/ip4/1.2.3.4/tcp/9/p2p/${PEER}x`,
      `/ip4/1.2.3.4/tcp/9/p2p/${PEER.replace('K', '0')}`,
      '/ip4/1.2.3.4/tcp/9',
      `${PEER}@`,
      `@1.2.3.4:9`,
      PEER
    ]) {
      expect(parsePeerAddress(wrong), wrong).toBeUndefined()
    }
  })
})
