import type { PlantedBug } from '../plant.ts'

/** Catching up. */
export const SYNC_BUGS: readonly PlantedBug[] = [
  {
    name: 'blocks of peers are not proved by their commit',
    file: 'validator/block-executor.ts',
    find: 'if (unproved !== null) return',
    replace: "if (unproved === 'x') return",
    request: { validators: 4, byzantine: 1 }
  },
  {
    name: 'catch-up never gives single votes',
    file: 'validator/sync/catch-up-answer.ts',
    find: '      if (!hasBit(known, vote.validator)) answer.add(encodeVoteMessage(vote))\n',
    replace: '      if (hasBit(known, vote.validator)) answer.add(encodeVoteMessage(vote))\n'
  },
  {
    name: 'block sync asks the wrong height',
    file: 'validator/sync/block-sync.ts',
    find: 'const request = encodeBlockSyncRequest({ height, firstPart })',
    replace: 'const request = encodeBlockSyncRequest({ height: height + 1, firstPart })'
  },
  {
    name: 'block sync never leaves a lying peer alone',
    file: 'validator/sync/block-sync.ts',
    find: 'if (tip < needed || (this.#coolUntilMs.get(peer) ?? 0) > now) continue',
    replace: 'if (tip < needed) continue',
    request: { validators: 4, byzantine: 1, faults: ['crash', 'partition'] }
  },
  {
    name: 'block sync takes one part again and again',
    file: 'validator/sync/block-sync.ts',
    find: "    if (waiting.length === 0 && this.#assembling?.parts.count === firstPart) return 'it sent nothing new'\n",
    replace: '',
    request: { validators: 4, byzantine: 1, faults: ['crash', 'partition'] }
  },
  {
    name: 'block sync adds the parts of one peer to those of another',
    file: 'validator/sync/block-sync.ts',
    find: 'if (begun?.peer !== peer || begun.commit.commit.height !== height) this.#assembling = null',
    replace: 'if (begun?.commit.commit.height !== height) this.#assembling = null',
    request: { validators: 4, byzantine: 1, faults: ['crash', 'partition'] }
  }
]
