import { describe, expect, it } from 'vitest'
import type { Application } from '../../../src/app/index.ts'
import { makeNodeView } from '../../../src/cli/node-view/node-view.ts'
import { PeerRates } from '../../../src/cli/node-view/peer-rates.ts'
import { peerStateViews } from '../../../src/cli/node-view/peers.ts'
import { NetworkError } from '../../../src/network/index.ts'
import type { ChainView } from '../../../src/rpc/index.ts'
import { timestampToMs } from '../../../src/types/index.ts'
import { type Node, systemClock } from '../../../src/validator/index.ts'
import { letPass, newHome, openSolo } from '../validator/solo-node.ts'
import { testKey } from '../validator/support.ts'

/** The application, with a look at the chain in the middle of applying each block. */
function watching(app: Application, look: () => void): Application {
  return new Proxy(app, {
    get(target, name: keyof Application) {
      const method = target[name]
      if (typeof method !== 'function') return method
      if (name !== 'finalizeBlock' && name !== 'commit') return method.bind(target)
      return (...args: never[]) => {
        look()
        return Reflect.apply(method, target, args)
      }
    }
  })
}

describe('the view of a running node', () => {
  it('knows results and the next parameters of its latest height, also while a block is applied', async () => {
    let chain: ChainView | undefined
    const seen: { readonly latest: number; readonly whole: boolean }[] = []
    const look = () => {
      if (chain === undefined) return
      const latest = chain.latestHeight()
      const hasResults = latest === 0 || chain.results(latest) !== null
      const whole = hasResults && chain.consensusParams(latest + 1) !== null
      seen.push({ latest, whole })
    }
    const solo = await openSolo(newHome(), { wrapApp: app => watching(app, look) })
    const view = makeNodeView({
      node: solo.node,
      moniker: 'solo',
      listenAddress: '',
      rpcAddress: '',
      version: '0.38.0',
      nodeKey: testKey(2),
      index: null,
      snapshot: () => expect.unreachable('nobody asks for a diagnosis'),
      rates: new PeerRates({ peers: () => [] }, solo.node.ports.clock),
      allowUnsafe: false
    })
    chain = view.chain
    const openedMs = solo.node.ports.clock.now()
    const { startTime } = view.consensus.roundState() ?? expect.unreachable()
    expect(timestampToMs(startTime)).toBe(openedMs + solo.node.options.timing.timeoutCommitMs)
    await solo.node.start()
    await letPass(solo, () => solo.node.state.lastBlockHeight >= 3)
    await solo.node.stop()
    expect(seen.length).toBeGreaterThanOrEqual(6)
    expect(seen.filter(({ whole }) => !whole)).toEqual([])
    expect(chain.latestHeight()).toBeGreaterThanOrEqual(3)
  })
})

describe('peers that are to be dialled', () => {
  it('may be given in each form that persistent_peers takes', async () => {
    const id = '12D3KooWKXoiDdujSbjJz7b2ck4xNYuS8oHneACTpjoqRKsizbi1'
    const dialled: unknown[] = []
    const dial = (peers: readonly string[], wish: string) => {
      if (peers.includes('x')) throw new NetworkError('BAD_ADDRESS', 'peer address "x" is none')
      dialled.push([peers, wish])
    }
    const node = { options: {}, ports: { network: { dial }, clock: systemClock } } as unknown as Node
    const parts = { node, index: null, allowUnsafe: true } as unknown as Parameters<typeof makeNodeView>[0]
    const { unsafe } = makeNodeView(parts)
    const wishes = { persistent: true, unconditional: false, private: false }
    const peers = [`${id}@node.example:26656`, `/ip4/10.0.0.2/tcp/1/p2p/${id}`]
    expect(await unsafe!.dialPeers(peers, wishes)).toEqual({ kind: 'dialling' })
    expect(dialled).toEqual([
      [[`/dns/node.example/tcp/26656/p2p/${id}`, `/ip4/10.0.0.2/tcp/1/p2p/${id}`], 'persistent']
    ])
    expect(await unsafe!.dialSeeds(['x'])).toEqual({ kind: 'refused', reason: 'peer address "x" is none' })
  })
})

describe('the view of where peers are', () => {
  const peer = (id: string) => ({
    id,
    nodeId: 'ab'.repeat(20),
    address: '/ip4/10.0.0.7/tcp/26656',
    outbound: true,
    connectedAtMs: 0,
    topics: [],
    moniker: ''
  })
  const round = { round: 2, hasPolka: false, hasPrecommitQuorum: false, prevotes: Uint8Array.of(0b101) }
  const have = (height: number) => ({
    height,
    rounds: [{ ...round, hasProposal: true, precommits: new Uint8Array(0) }]
  })
  const at = (height: number, inRound: number) => ({ height, round: inRound, step: 'prevote', base: 1 })

  it('has what each said it has of its round, if it is at our height', () => {
    const node = {
      ports: { network: { peers: () => ['same', 'later', 'moved', 'silent', 'new'].map(peer) } },
      catchUp: {
        positions: new Map([
          ['same', at(9, 2)],
          ['later', at(10, 2)],
          ['moved', at(9, 3)],
          ['silent', at(9, 2)]
        ]),
        haves: new Map([
          ['same', have(9)],
          ['later', have(10)],
          ['moved', have(9)]
        ])
      },
      host: { context: { height: 9, state: { validators: { validators: [1, 2, 3, 4] } } } }
    } as unknown as Node
    const unknown = { hasProposal: false, prevotes: null, precommits: null }
    expect(peerStateViews(node)).toMatchObject([
      {
        address: `${'ab'.repeat(20)}@10.0.0.7:26656`,
        height: 9,
        round: 2,
        hasProposal: true,
        prevotes: [true, false, true, false],
        precommits: [false, false, false, false]
      },
      { height: 10, ...unknown },
      { round: 3, ...unknown },
      { round: 2, ...unknown }
    ])
  })
})
