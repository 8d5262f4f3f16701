import type { Height } from '../../types/index.ts'
import type { ChainView, NodeView } from '../node-view.ts'
import { callFailed } from '../rpc-error.ts'

/** The height asked for, checked against what is stored; the latest when none was given (CometBFT getHeight). */
export function resolveHeight(chain: ChainView, asked: bigint | null, latest: Height): Height {
  if (asked === null) return latest
  if (asked <= 0n) throw callFailed(`height must be greater than 0, but got ${asked}`)
  if (asked > BigInt(latest)) {
    throw callFailed(`height ${asked} must be less than or equal to the current blockchain height ${latest}`)
  }
  const base = chain.baseHeight()
  if (asked < BigInt(base)) {
    throw callFailed(`height ${asked} is not available, lowest height is ${base}`)
  }
  return Number(asked)
}

/** The highest height whose validators and parameters are known: one more than the latest block unless catching up. */
export function latestUncommittedHeight(view: NodeView): Height {
  const latest = view.chain.latestHeight()
  return view.identity.isCatchingUp() ? latest : latest + 1
}
