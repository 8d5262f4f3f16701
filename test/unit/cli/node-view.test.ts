import { describe, expect, it } from 'vitest'
import type { Application } from '../../../src/app/index.ts'
import { makeNodeView } from '../../../src/cli/node-view/node-view.ts'
import { PeerRates } from '../../../src/cli/node-view/peer-rates.ts'
import type { ChainView } from '../../../src/rpc/index.ts'
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
    chain = makeNodeView({
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
    }).chain
    await solo.node.start()
    await letPass(solo, () => solo.node.state.lastBlockHeight >= 3)
    await solo.node.stop()
    expect(seen.length).toBeGreaterThanOrEqual(6)
    expect(seen.filter(({ whole }) => !whole)).toEqual([])
    expect(chain.latestHeight()).toBeGreaterThanOrEqual(3)
  })
})
