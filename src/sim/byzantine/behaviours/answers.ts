import { encodeConsensusMessage } from '../../../types/index.ts'
import {
  decodeBlockSyncResponse,
  decodeCatchUpResponse,
  encodeBlockSyncResponse,
  encodeCatchUpResponse,
  type SyncedBlock
} from '../../../validator/index.ts'
import type { Behaviour } from '../behaviour.ts'
import type { Puppet } from '../puppet.ts'

const FAR = 1_000_000

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
        () => give({ messages: prng.shuffle(encoded), certificates: [] }),
        () => give({ messages: puppet.mind.recent.map(encodeConsensusMessage), certificates: bundles })
      ])()
    }
  }
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  if (copy.length > 0) copy[0]! ^= 1
  return copy
}
