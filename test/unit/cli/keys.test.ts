import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseNodeKey, parseValidatorKey } from '../../../src/config/index.ts'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const home = join(temporaryDirectory(), 'home')
const keyFile = join(home, 'config', 'priv_validator_key.json')
const nodeKeyFile = join(home, 'config', 'node_key.json')

describe('key commands', async () => {
  await pnyx(['init', '--chain-id', 'keys', '--home', home])
  const nodeKey = parseNodeKey(readFileSync(nodeKeyFile, 'utf8'), '')

  it('show the public key as genesis.json has it', async () => {
    const { out } = await pnyx(['show-validator', '--home', home])
    const { validators } = JSON.parse(readFileSync(join(home, 'config', 'genesis.json'), 'utf8'))
    expect(JSON.parse(out)).toEqual(validators[0].pub_key)
    expect((await pnyx(['show-validator', '--address', '--home', home])).out).toBe(validators[0].address)
  })

  it("show the node's ids and the address others list", async () => {
    const { out } = await pnyx(['show-node-id', '--home', home])
    expect(out).toBe(nodeKey.address)
    const peerId = (await pnyx(['show-node-id', '--peer-id', '--home', home])).out
    expect(peerId).toMatch(/^12D3KooW/)
    const json = JSON.parse((await pnyx(['show-node-id', '--output', 'json', '--home', home])).out)
    expect(json).toEqual({
      node_id: nodeKey.address,
      peer_id: peerId,
      multiaddr: `/ip4/0.0.0.0/tcp/26656/p2p/${peerId}`
    })
  })

  it('show an address that peers can reach, or say that it is not one', async () => {
    const environment = { PNYX_P2P_EXTERNAL_ADDRESS: 'node.example:7000' }
    const { out, notes } = await pnyx(['show-node-id', '--multiaddr', '--home', home], { environment })
    expect(out).toMatch(/^\/dns\/node\.example\/tcp\/7000\/p2p\/12D3KooW\w+$/)
    expect(notes).toBe('')
    expect((await pnyx(['show-node-id', '--multiaddr', '--home', home])).notes).toContain('every address')
  })

  it('print a new validator key each time', async () => {
    const one = (await pnyx(['gen-validator'])).out
    const two = (await pnyx(['gen-validator'])).out
    expect(parseValidatorKey(one, '').address).not.toBe(parseValidatorKey(two, '').address)
  })

  it('make a node key once, and never replace it', async () => {
    const { code, notes } = await pnyx(['gen-node-key', '--home', home])
    expect(code).toBe(1)
    expect(notes).toContain('never replaced')
    rmSync(nodeKeyFile)
    const { out } = await pnyx(['gen-node-key', '--home', home])
    expect(parseNodeKey(readFileSync(nodeKeyFile, 'utf8'), '').address).toBe(out)
  })

  it.each([
    ['open to others', () => chmodSync(keyFile, 0o644), 'run: chmod 600'],
    ['damaged', () => writeFileSync(keyFile, '{"address": "', { mode: 0o600 }), 'it is not JSON'],
    ['missing', () => rmSync(keyFile), '`pnyx init` makes one']
  ])('refuse a key file that is %s in one line', async (_, spoil, reason) => {
    const before = readFileSync(keyFile)
    spoil()
    const { code, out, notes } = await pnyx(['show-validator', '--home', home])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(notes).toMatch(/^pnyx: [^\n]+$/)
    expect(notes).toContain(reason)
    rmSync(keyFile, { force: true })
    writeFileSync(keyFile, before, { mode: 0o600 })
  })
})
