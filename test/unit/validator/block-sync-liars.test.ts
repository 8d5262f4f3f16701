import { describe, expect, it } from 'vitest'
import type { BlockStore } from '../../../src/blockstore/index.ts'
import type { Network, PeerId } from '../../../src/network/index.ts'
import {
  BLOCK_ID_FLAG,
  type BlockId,
  DEFAULT_CONSENSUS_PARAMS,
  makePartSet,
  ZERO_TIME
} from '../../../src/types/index.ts'
import { noMetrics, silentLogger } from '../../../src/util/index.ts'
import type { HostEvent } from '../../../src/validator/host/mailbox.ts'
import { decodeBlockSyncRequest, encodeBlockSyncResponse } from '../../../src/validator/index.ts'
import { BlockSync, type BlockSyncParts } from '../../../src/validator/sync/block-sync.ts'

const HEIGHT = 7
const TWO_PARTS = 70_000
const MOST_REQUESTS = 10

/** Parts of some bytes, and a commit that names them. */
function synced(fill: number, size: number) {
  const { header, parts } = makePartSet(new Uint8Array(size).fill(fill))
  const blockId: BlockId = { hash: String(fill).repeat(32), partSetHeader: header }
  const absent = {
    blockIdFlag: BLOCK_ID_FLAG.absent,
    validatorAddress: '',
    timestamp: ZERO_TIME,
    signature: new Uint8Array(0)
  }
  return { commit: { height: HEIGHT, round: 0, blockId, signatures: [absent] }, extendedCommit: null, parts }
}

describe('block sync', () => {
  it('leaves a peer that feeds one part for ever, and asks the next one for the whole block', async () => {
    const lie = synced(11, TWO_PARTS)
    const truth = synced(22, TWO_PARTS)
    const asked: string[] = []
    const blamed: PeerId[] = []
    let height = HEIGHT
    const answers: Record<PeerId, () => Uint8Array> = {
      liar: () =>
        encodeBlockSyncResponse({ tip: HEIGHT, base: 1, blocks: [{ ...lie, parts: lie.parts.slice(0, 1) }] }),
      honest: () => encodeBlockSyncResponse({ tip: HEIGHT + 1, base: 1, blocks: [truth] })
    }
    const applied = new Promise<Uint8Array>(resolve => {
      const parts = {
        network: {
          request: async (peer: PeerId, _protocol: string, data: Uint8Array) => {
            const request = decodeBlockSyncRequest(data)
            if (request.ok) asked.push(`${peer} from part ${request.value.firstPart}`)
            if (asked.length > MOST_REQUESTS) {
              resolve(new Uint8Array(1))
              return new Promise<never>(() => {})
            }
            return answers[peer]!()
          },
          report: (peer: PeerId) => blamed.push(peer)
        } as unknown as Network,
        clock: { now: () => 0, monotonic: () => 0, setTimer: () => ({ cancel() {} }) },
        logger: silentLogger,
        metrics: noMetrics,
        store: {} as BlockStore,
        current: () => ({ height, state: { consensusParams: DEFAULT_CONSENSUS_PARAMS } }),
        post: (event: HostEvent) => {
          if (event.kind !== 'syncedBlock') return false
          height += 2
          event.done('applied')
          resolve(event.block.bytes)
          return true
        }
      } as unknown as BlockSyncParts
      const blockSync = new BlockSync(parts)
      blockSync.noteTip('liar', HEIGHT)
      blockSync.noteTip('honest', HEIGHT + 1)
    })
    expect((await applied)[0]).toBe(22)
    expect(asked).toEqual(['liar from part 0', 'liar from part 1', 'honest from part 0'])
    expect(blamed).toEqual([])
  })
})
