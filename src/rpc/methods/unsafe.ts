import type { Refused, UnsafeControls } from '../node-view.ts'
import { callFailed } from '../rpc-error.ts'
import { defineMethod, type RpcEnvironment } from './method.ts'

function controlsOf(env: RpcEnvironment): UnsafeControls {
  if (env.view.unsafe === null) throw callFailed('unsafe routes are disabled on this node')
  return env.view.unsafe
}

function dialled(outcome: { readonly kind: 'dialling' } | Refused, what: string): { log: string } {
  if (outcome.kind === 'refused') throw callFailed(outcome.reason)
  return { log: `Dialing ${what} in progress. See /net_info for details` }
}

export const dialSeeds = defineMethod({
  params: { seeds: 'strings' },
  async call(env, { seeds }) {
    if (seeds.length === 0) throw callFailed('no seeds provided')
    return dialled(await controlsOf(env).dialSeeds(seeds), 'seeds')
  }
})

export const dialPeers = defineMethod({
  params: { peers: 'strings', persistent: 'boolean', unconditional: 'boolean', private: 'boolean' },
  async call(env, { peers, ...options }) {
    if (peers.length === 0) throw callFailed('no peers provided')
    return dialled(await controlsOf(env).dialPeers(peers, options), 'peers')
  }
})

export const unsafeFlushMempool = defineMethod({
  params: {},
  call(env) {
    controlsOf(env).flushTxPool()
    return {}
  }
})
