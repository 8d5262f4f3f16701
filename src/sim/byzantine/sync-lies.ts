import {
  BLOCK_ID_FLAG,
  type Block,
  type BlockId,
  type Commit,
  timestampFromMs,
  ZERO_TIME
} from '../../types/index.ts'
import { decodeBlockSyncRequest, encodeBlockSyncResponse, type SyncedBlock } from '../../validator/index.ts'
import { SIM_EPOCH_MS } from '../sim-clock.ts'
import { otherValidBlock, packBlock, withTxs } from './forge-block.ts'
import { indexAt, type Puppet } from './puppet.ts'

/** Enough for a block of two parts. */
const LARGE_TX_BYTES = 70_000
const ABSENT = {
  blockIdFlag: BLOCK_ID_FLAG.absent,
  validatorAddress: '',
  timestamp: ZERO_TIME,
  signature: new Uint8Array(0)
}

type Lie = (puppet: Puppet, height: number, to: string) => Uint8Array | null

/** What one who asks for blocks is told, whenever he asks; each says that the peer has just what is wanted. */
const LIES: readonly Lie[] = [
  () => null,
  (_, height) => answerOf(height, []),
  // One part of a block of two, again and again.
  (puppet, height) => {
    const block = templateOf(puppet, height)
    if (block === null) return null
    const { blockId, parts } = packBlock(withTxs(block, [Buffer.alloc(LARGE_TX_BYTES, '=')]))
    return answerOf(height, [
      { commit: ownCommit(puppet, height, blockId), extendedCommit: null, parts: parts.slice(0, 1) }
    ])
  },
  // Another block, under a commit that the liar alone has signed.
  (puppet, height, to) => {
    const block = templateOf(puppet, height)
    if (block === null) return null
    const { blockId, parts } = packBlock(otherValidBlock(block, `${height}.${to}`))
    return answerOf(height, [{ commit: ownCommit(puppet, height, blockId), extendedCommit: null, parts }])
  },
  // Another block, under the commit of the one that was decided.
  (puppet, height, to) => {
    const block = templateOf(puppet, height)
    const signed = puppet.ledger.entry(height + 1)?.block.lastCommit ?? block?.lastCommit
    if (block === null || !signed) return null
    const { blockId, parts } = packBlock(otherValidBlock(block, `${height}.${to}`))
    return answerOf(height, [{ commit: { ...signed, height, blockId }, extendedCommit: null, parts }])
  }
]

/** The one lie that this peer is always told, as an answer to its request. */
export function stubbornAnswer(puppet: Puppet, request: Uint8Array, to: string): Uint8Array | null {
  const asked = decodeBlockSyncRequest(request)
  if (!asked.ok) return null
  return puppet.prng.fork(`stubborn/${to}`).pick(LIES)(puppet, asked.value.height, to)
}

function answerOf(height: number, blocks: readonly SyncedBlock[]): Uint8Array {
  return encodeBlockSyncResponse({ tip: height, base: 1, blocks })
}

function templateOf({ ledger, anyBlock }: Puppet, height: number): Block | null {
  return ledger.entry(height)?.block ?? anyBlock(height)
}

function ownCommit(puppet: Puppet, height: number, blockId: BlockId): Commit {
  const { key, ledger, nowMs } = puppet
  const own = indexAt(puppet, height)
  const timestamp = timestampFromMs(SIM_EPOCH_MS + nowMs())
  const signatures = (ledger.setAt(height)?.members ?? []).map((_, validatorIndex) => {
    if (validatorIndex !== own) return ABSENT
    const { signature } = key.vote({
      type: 'precommit',
      height,
      round: 0,
      blockId,
      timestamp,
      validatorIndex
    })
    return { blockIdFlag: BLOCK_ID_FLAG.commit, validatorAddress: key.address, timestamp, signature }
  })
  return { height, round: 0, blockId, signatures }
}
