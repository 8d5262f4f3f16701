import type { PeerId } from '../../network/index.ts'
import type { Prng } from '../prng.ts'
import type { LinkOverlay } from './link.ts'

/** Every way in which a network can fall apart (Jepsen's nemeses, and links that are cut one way). */
export const PARTITION_SHAPES = [
  'halves',
  'isolate',
  'bridge',
  'ring',
  'oneWay',
  'mute',
  'deaf',
  'random'
] as const
export type PartitionShape = (typeof PARTITION_SHAPES)[number]

/** Cuts links between `peers` in the given shape; which peer is where is drawn from `prng`. */
export function makePartition(shape: PartitionShape, peers: readonly PeerId[], prng: Prng): LinkOverlay {
  const shuffled = prng.shuffle(peers)
  const place = new Map(shuffled.map((peer, index) => [peer, index]))
  const size = shuffled.length
  const half = Math.max(1, size >> 1)
  const cutWhere = (isCut: (from: number, to: number) => boolean): LinkOverlay => {
    return (from, to) => {
      const a = place.get(from)
      const b = place.get(to)
      return a !== undefined && b !== undefined && isCut(a, b) ? { cut: true } : null
    }
  }
  switch (shape) {
    case 'halves':
      return cutWhere((a, b) => a < half !== b < half)
    case 'isolate':
      return cutWhere((a, b) => a === 0 || b === 0)
    case 'bridge':
      // Two halves that hear each other only through the first peer.
      return cutWhere((a, b) => a !== 0 && b !== 0 && a <= half !== b <= half)
    case 'ring': {
      // Everyone sees a majority, no two see the same one.
      const reach = Math.max(1, Math.ceil((size - 1) / 4))
      return cutWhere((a, b) => Math.min((a - b + size) % size, (b - a + size) % size) > reach)
    }
    case 'oneWay':
      return cutWhere((a, b) => a < half && b >= half)
    case 'mute':
      return cutWhere(a => a === 0)
    case 'deaf':
      return cutWhere((_, b) => b === 0)
    case 'random': {
      const cuts = new Set<number>()
      for (let link = 0; link < size * size; link++) if (prng.chance(0.35)) cuts.add(link)
      return cutWhere((a, b) => cuts.has(a * size + b))
    }
  }
}
