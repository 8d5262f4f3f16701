import { encodeConsensusMessage, timestampFromMs } from '../../../types/index.ts'
import {
  decodeBlockSyncResponse,
  decodeCatchUpResponse,
  encodeBlockSyncResponse,
  encodeCatchUpResponse,
  type SyncedBlock
} from '../../../validator/index.ts'
import { SIM_EPOCH_MS } from '../../sim-clock.ts'
import type { Behaviour } from '../behaviour.ts'
import { otherValidBlock, packBlock } from '../forge-block.ts'
import { indexAt, type Puppet } from '../puppet.ts'
import { stubbornAnswer } from '../sync-lies.ts'
import { inventedBlockId } from './votes.ts'

const FAR = 1_000_000
const CERTIFICATES_OF_ONE = 5

/** Lies to those who are behind: about its height, the blocks, the commits, or with no answer at all. */
export function lyingSync(puppet: Puppet): Behaviour {
  const { prng } = puppet
  return {
    name: 'lying sync',
    answer(protocol, answer) {
      const decoded = answer && protocol === 'sync' ? decodeBlockSyncResponse(answer) : null
      if (!decoded?.ok) return answer
      puppet.note('lying sync')
      const { tip, base, blocks } = decoded.value
      const changed = (change: (block: SyncedBlock) => SyncedBlock): Uint8Array =>
        encodeBlockSyncResponse({
          tip,
          base,
          blocks: blocks.map((block, i) => (i === 0 ? change(block) : block))
        })
      return prng.pick<() => Uint8Array | null>([
        () => null,
        () => Uint8Array.from({ length: 50 }, () => prng.int(256)),
        () => encodeBlockSyncResponse({ tip: tip + FAR, base, blocks }),
        () => encodeBlockSyncResponse({ tip: tip + FAR, base, blocks: [] }),
        () => encodeBlockSyncResponse({ tip: 0, base: 0, blocks }),
        () => encodeBlockSyncResponse({ tip, base, blocks: [...blocks].reverse() }),
        () => encodeBlockSyncResponse({ tip, base, blocks: blocks.slice(1) }),
        () => changed(block => ({ ...block, parts: block.parts.slice(1) })),
        () => changed(block => withOtherBlock(puppet, block)),
        () =>
          changed(block => ({
            ...block,
            parts: block.parts.map(part => ({ ...part, bytes: flipped(part.bytes) }))
          })),
        () =>
          changed(block => ({
            ...block,
            commit: { ...block.commit, signatures: block.commit.signatures.slice(1) }
          })),
        () =>
          changed(block => ({
            ...block,
            commit: {
              ...block.commit,
              signatures: block.commit.signatures.map(entry => ({
                ...entry,
                signature: flipped(entry.signature)
              }))
            }
          }))
      ])()
    }
  }
}

/** Tells everybody who is behind one lie, each his own, for as long as he asks. */
export function stubbornSync(puppet: Puppet): Behaviour {
  return {
    name: 'stubborn sync',
    answer(protocol, answer, to, request) {
      if (protocol !== 'sync') return answer
      puppet.note('stubborn sync')
      return stubbornAnswer(puppet, request, to)
    }
  }
}

/** Lies to those who lack messages: about where it is, with half certificates, or with no answer. */
export function lyingCatchUp(puppet: Puppet): Behaviour {
  const { prng } = puppet
  return {
    name: 'lying catch-up',
    answer(protocol, answer) {
      const decoded = answer && protocol === 'catchup' ? decodeCatchUpResponse(answer) : null
      if (!decoded?.ok) return answer
      puppet.note('lying catch-up')
      const { position, messages, certificates } = decoded.value
      const encoded = messages.map(({ message }) => encodeConsensusMessage(message))
      const bundles = certificates.map(votes => votes.map(({ message }) => encodeConsensusMessage(message)))
      const give = (change: Partial<Parameters<typeof encodeCatchUpResponse>[0]>): Uint8Array =>
        encodeCatchUpResponse({ position, messages: encoded, certificates: bundles, ...change })
      return prng.pick<() => Uint8Array | null>([
        () => null,
        () => Uint8Array.from({ length: 50 }, () => prng.int(256)),
        () => give({ position: { ...position, height: position.height + FAR } }),
        () => give({ position: { ...position, height: position.height + 1 } }),
        () => give({ position: { ...position, round: FAR } }),
        () => give({ messages: [], certificates: [] }),
        () => give({ certificates: bundles.map(votes => votes.slice(1)) }),
        () => give({ certificates: bundles.map(votes => [...votes.slice(1), ...votes.slice(1)]) }),
        () => give({ certificates: [encoded] }),
        () => give({ certificates: certificatesOfOne(puppet).map(vote => [vote]) }),
        () => give({ messages: prng.shuffle(encoded), certificates: [] }),
        () => give({ messages: puppet.mind.recent.map(encodeConsensusMessage), certificates: bundles })
      ])()
    }
  }
}

/** Own votes for rounds to come, each offered as if it were two thirds of the power. */
function certificatesOfOne(puppet: Puppet): readonly Uint8Array[] {
  const { mind, prng, key, nowMs } = puppet
  const round = (mind.lore(mind.height)?.round ?? 0) + 1
  return Array.from({ length: CERTIFICATES_OF_ONE }, (_, index) =>
    encodeConsensusMessage({
      kind: 'vote',
      vote: key.vote({
        type: prng.pick(['prevote', 'precommit'] as const),
        height: mind.height,
        round: round + index,
        blockId: inventedBlockId(puppet, 'certificate', index),
        timestamp: timestampFromMs(SIM_EPOCH_MS + nowMs()),
        validatorIndex: Math.max(0, indexAt(puppet, mind.height))
      })
    })
  )
}

/** Another block in the place of the one that was decided, under the commit of that one. */
function withOtherBlock(puppet: Puppet, synced: SyncedBlock): SyncedBlock {
  const decided = puppet.ledger.entry(synced.commit.height)?.block
  if (decided === undefined) return synced
  const { blockId, parts } = packBlock(otherValidBlock(decided, 'sync'))
  return { ...synced, parts, commit: { ...synced.commit, blockId } }
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  if (copy.length > 0) copy[0]! ^= 1
  return copy
}
