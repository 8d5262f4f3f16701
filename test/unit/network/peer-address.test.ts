import { describe, expect, it } from 'vitest'
import { parseListenAddress, parsePeerAddress, peerIdFromSeed } from '../../../src/network/index.ts'
import { ipOfMultiaddr, isPrivateIp } from '../../../src/network/peer-address.ts'

const ID = peerIdFromSeed(new Uint8Array(32).fill(7))
const errorOf = (text: string) => {
  const parsed = parsePeerAddress(text)
  return parsed.ok ? `accepted: ${parsed.value.multiaddr}` : parsed.error
}

describe('peer addresses', () => {
  it('reads IP addresses and names', () => {
    expect(parsePeerAddress(` /ip4/10.1.2.3/tcp/26656/p2p/${ID} `)).toEqual({
      ok: true,
      value: { peerId: ID, host: '10.1.2.3', port: 26656, multiaddr: `/ip4/10.1.2.3/tcp/26656/p2p/${ID}` }
    })
    for (const host of [
      'ip6/2001:db8::1',
      'ip6/::1',
      'dns4/node-1.example.org',
      'dns6/a',
      'dns/localhost',
      'dns4/node_0'
    ]) {
      expect(parsePeerAddress(`/${host}/tcp/1/p2p/${ID}`)).toMatchObject({ ok: true })
    }
  })

  it('tells a CometBFT user which form is wanted, with what can be kept', () => {
    const nodeId = 'a'.repeat(40)
    expect(errorOf(`${nodeId}@192.0.2.1:26656`)).toContain('/ip4/192.0.2.1/tcp/26656/p2p/PEER_ID')
    expect(errorOf(`${nodeId}@validator.example.org:26656`)).toContain(
      '/dns4/validator.example.org/tcp/26656/p2p/PEER_ID'
    )
    expect(errorOf(`${nodeId}@[2001:db8::1]:26656`)).toContain('/ip6/2001:db8::1/tcp/26656/p2p/PEER_ID')
  })

  it('names the part that is wrong', () => {
    expect(errorOf(`/ip4/10.1.2/tcp/1/p2p/${ID}`)).toContain('"10.1.2" is not an IPv4 address')
    expect(errorOf(`/ip6/10.1.2.3/tcp/1/p2p/${ID}`)).toContain('not an IPv6 address')
    expect(errorOf(`/dns4/bad host/tcp/1/p2p/${ID}`)).toContain('not a host name')
    expect(errorOf(`/ip4/10.1.2.3/tcp/0/p2p/${ID}`)).toContain('"0" is not a TCP port')
    expect(errorOf(`/ip4/10.1.2.3/tcp/65536/p2p/${ID}`)).toContain('not a TCP port')
    expect(errorOf(`/ip4/10.1.2.3/tcp/1e3/p2p/${ID}`)).toContain('not a TCP port')
    expect(errorOf('/ip4/10.1.2.3/tcp/1/p2p/QmWrong')).toContain('not the peer id of an ed25519 key')
    expect(errorOf(`/ip4/10.1.2.3/udp/1/p2p/${ID}`)).toContain('is not of the form')
    expect(errorOf('/ip4/10.1.2.3/tcp/1')).toContain('is not of the form')
    expect(errorOf(`/unix/x/tcp/1/p2p/${ID}`)).toContain('"/unix" is not supported')
    expect(errorOf('10.1.2.3:26656')).toContain('is not of the form')
    expect(errorOf(`/dns4/${'a'.repeat(600)}/tcp/1/p2p/${ID}`)).toContain('too long')
  })
})

describe('listen addresses', () => {
  it('reads IP addresses, port 0 included', () => {
    for (const text of ['/ip4/0.0.0.0/tcp/26656', '/ip6/::/tcp/0']) {
      expect(parseListenAddress(text)).toEqual({ ok: true, value: text })
    }
  })

  it('refuses the rest with a reason', () => {
    for (const text of [
      'tcp://0.0.0.0:26656',
      '/dns4/localhost/tcp/1',
      '/ip4/0.0.0.0/tcp/x',
      '/ip4/300.0.0.1/tcp/1',
      ''
    ]) {
      expect(parseListenAddress(text)).toMatchObject({ ok: false })
    }
  })
})

describe('private addresses', () => {
  it('are loopback, link-local and private networks of both families', () => {
    for (const ip of [
      '127.0.0.1',
      '10.9.8.7',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.1.1',
      '100.64.0.1',
      '::1',
      'fd00::1',
      'fe80::1',
      '::ffff:127.0.0.1'
    ]) {
      expect([ip, isPrivateIp(ip)]).toEqual([ip, true])
    }
    for (const ip of [
      '8.8.8.8',
      '172.32.0.1',
      '192.169.0.1',
      '2001:db8::1',
      '::ffff:8.8.8.8',
      'localhost',
      ''
    ]) {
      expect([ip, isPrivateIp(ip)]).toEqual([ip, false])
    }
  })

  it('are found in multiaddrs', () => {
    expect(ipOfMultiaddr('/ip4/1.2.3.4/tcp/5')).toBe('1.2.3.4')
    expect(ipOfMultiaddr('/ip6/::1/tcp/5/p2p/x')).toBe('::1')
    expect(ipOfMultiaddr('/dns4/a/tcp/5')).toBe('')
  })
})
