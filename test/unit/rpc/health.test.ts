import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RoundStepName } from '../../../src/rpc/index.ts'
import { NodeHealth } from '../../../src/rpc/node-health.ts'
import { makeValidatorSet } from '../../../src/types/index.ts'
import { call, get, type RpcFixture, startRpc } from './support/rpc-fixture.ts'
import { GENESIS_MS } from './support/synthetic-chain.ts'

let rpc: RpcFixture
let step: RoundStepName

beforeEach(async () => {
  rpc = await startRpc({ maxBlockSilenceMs: 30_000 })
  step = 'prevote'
  const { consensus } = rpc.view
  const roundState = consensus.roundState.bind(consensus)
  consensus.roundState = () => {
    const state = roundState()
    return state && { ...state, round: 4, step }
  }
})
afterEach(() => rpc.stop())

/** Long after the newest block, by the clock of the node. */
function letBlocksStayAway(): void {
  rpc.clock.advance(GENESIS_MS + 3_600_000)
}

describe('health', () => {
  it('answers while blocks come', async () => {
    expect((await call(rpc.url, 'health')).json.result).toEqual({})
    expect((await get(`${rpc.url}/health`)).status).toBe(200)
  })

  it('says where it hangs when no block comes', async () => {
    letBlocksStayAway()
    const { json } = await call(rpc.url, 'health')
    expect(json.error.data).toMatch(/^no block after 12 for \d+ s; height 13 is in round 4, step prevote$/)
    expect((await get(`${rpc.url}/health`)).status).toBe(500)
  })

  it('answers while blocks are fetched, and while none is due', async () => {
    letBlocksStayAway()
    for (const resting of ['newHeight', 'newRound'] as const) {
      step = resting
      expect((await call(rpc.url, 'health')).json.result).toEqual({})
    }
    step = 'propose'
    rpc.view.catchingUp = true
    expect((await call(rpc.url, 'health')).json.result).toEqual({})
  })

  it('looks at the newest block, however long the node has been running', async () => {
    rpc.clock.advance(GENESIS_MS + 20_000)
    expect((await call(rpc.url, 'health')).json.result).toEqual({})
  })

  it('gives a node that was just started time for its first block', () => {
    letBlocksStayAway()
    const health = new NodeHealth(rpc.view, rpc.clock, 30_000)
    rpc.clock.advance(30_000)
    expect(health.stall()).toBeNull()
    rpc.clock.advance(1)
    expect(health.stall()).toMatch(/^no block after 12 for 30 s/)
  })

  it('calls it ready only when it has seen a new one, or knows that none is due', () => {
    letBlocksStayAway()
    const health = new NodeHealth(rpc.view, rpc.clock, 30_000)
    expect(health.unreadyReasons()).toEqual([expect.stringMatching(/^no block after 12 for \d{4} s/)])
    step = 'newHeight'
    expect(health.unreadyReasons()).toEqual([])
  })
})

describe('probes', () => {
  const probe = async (name: string) => {
    const { status, json, headers } = await get(`${rpc.url}/${name}`)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(json.ok).toBe(status === 200)
    return { status, reasons: json.reasons as string[] }
  }

  it('are content with a node that works', async () => {
    expect(await probe('livez')).toEqual({ status: 200, reasons: [] })
    expect(await probe('readyz')).toEqual({ status: 200, reasons: [] })
  })

  it('call a node alive that waits for others, and not ready', async () => {
    letBlocksStayAway()
    expect(await probe('livez')).toEqual({ status: 200, reasons: [] })
    const { status, reasons } = await probe('readyz')
    expect(status).toBe(503)
    expect(reasons).toEqual([expect.stringMatching(/^no block after 12 /)])
  })

  it('of a node without peers are as its status is: it may be behind', async () => {
    const isBehind = async () => (await call(rpc.url, 'status')).json.result.sync_info.catching_up
    expect(await isBehind()).toBe(false)
    rpc.view.network.peers = () => []
    expect(await isBehind()).toBe(true)
    const { publicKey, address } = rpc.view.identity.validatorKey()
    const alone = makeValidatorSet([{ publicKey, power: 10n }])
    expect(alone.validators[0]!.address).toBe(address)
    rpc.view.chain.validators = () => alone
    expect(await isBehind()).toBe(false)
    expect(await probe('readyz')).toEqual({ status: 200, reasons: [] })
  })

  it('name everything that keeps a node from being ready', async () => {
    rpc.view.catchingUp = true
    rpc.view.network.peers = () => []
    expect(await probe('readyz')).toEqual({ status: 503, reasons: ['catching up: at height 12', 'no peers'] })
  })

  it('miss consensus when it does not run', async () => {
    rpc.view.running = false
    expect(await probe('livez')).toEqual({ status: 503, reasons: ['consensus does not run'] })
    expect((await probe('readyz')).reasons).toEqual(['consensus does not run'])
    rpc.view.catchingUp = true
    expect((await probe('livez')).status).toBe(200)
  })
})
