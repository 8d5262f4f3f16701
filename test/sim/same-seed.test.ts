import { describe, expect, it } from 'vitest'
import {
  drawOptions,
  FAULT_CLASSES,
  runSimulation,
  type SimOptions,
  type SimRequest
} from '../../src/sim/index.ts'
import { BUSY } from './limits.ts'

const EARLIER_CLASSES = FAULT_CLASSES.filter(name => !['locks', 'rotation', 'pruning'].includes(name))

/** Seeds that broke something once, with what it was. Faults are named where later classes would change the life of the seed. */
const KNOWN_SEEDS: readonly (readonly [request: SimRequest, was: string])[] = [
  [
    { seed: '270' },
    'a validator alone, with a disk that takes no time and timeout_commit skipped, never let an event end'
  ],
  [
    { seed: 'fixed-91', faults: [] },
    'a proposal of too large a block was taken for half of a provable offence'
  ],
  [
    { seed: 'hunt-a-2', validators: 6 },
    'whoever repeats bad signatures of another is read no more, and its offences cannot be asked for'
  ],
  [
    { seed: 'hunt-b-111', validators: 10, faults: [] },
    'votes forged in the name of another were taken for offences of his'
  ],
  [
    { seed: 'hunt-c-74', validators: 8, faults: EARLIER_CLASSES },
    'an adversary took the invented round of another for the real one'
  ],
  [{ seed: 'ten-519' }, 'two proposals of one block hid a third of another, and with it the offence'],
  [
    { seed: 'ten-2334', faults: [] },
    'a vote that came only in the frames of one who floods, and is read no more, was taken for known'
  ],
  [
    { seed: 'ten-7952', faults: [] },
    'who mutates messages signs badly now and then, and is read no more for a while'
  ],
  [
    {
      seed: 'mwqha1wo-57',
      faults: [
        'loss',
        'duplication',
        'clog',
        'slow',
        'streams',
        'crash',
        'powercut',
        'disk',
        'corruption',
        'clock',
        'membership'
      ]
    },
    'a damaged record met while judging gossip threw into the network'
  ],
  [
    { seed: 'by-0', validators: 4, byzantine: 2 },
    'too many liars began a round so far away that the ledger counted turns for ever'
  ]
]

const OPTIONS: Readonly<Record<string, SimOptions>> = {
  'honest validators': drawOptions({ seed: 'again', byzantine: 0 }),
  'all faults': drawOptions({ seed: 'again', validators: 4, heights: 6 }),
  'twins and masks': drawOptions({ seed: 'again-2', validators: 7, heights: 6, byzantine: 2 }),
  'real signatures': drawOptions({ seed: 'again-3', validators: 4, heights: 4, scheme: 'ed25519' })
}

describe('the same options', BUSY, () => {
  for (const [name, options] of Object.entries(OPTIONS)) {
    it(`give the same life again: ${name}`, async () => {
      const first = await runSimulation(options)
      const second = await runSimulation(options)
      expect(first.violation).toBeNull()
      expect(first.traceHash).toMatch(/^[0-9a-f]{16}$/)
      expect(second).toEqual(first)
    })
  }

  it('and another seed another life', async () => {
    const [one, other] = ['again', 'once more'].map(seed => drawOptions({ seed, validators: 1, heights: 3 }))
    expect((await runSimulation(one!)).traceHash).not.toBe((await runSimulation(other!)).traceHash)
  })
})

/** A block of two parts of which a liar gives one for ever, to a node that is behind. */
function withLiar(seed: string): SimOptions {
  const options = drawOptions({ seed, validators: 4, byzantine: 1, faults: ['crash', 'partition'] })
  const byzantine = options.byzantine.map(
    misfit => ({ ...misfit, kind: 'mask', behaviours: ['stubborn sync'] }) as const
  )
  return { ...options, byzantine }
}

describe('seeds that broke something once', BUSY, () => {
  it('st-8: block sync asked one liar for ever, and nobody else', async () => {
    const { violation, byzantine } = await runSimulation(withLiar('st-8'))
    expect(violation).toBeNull()
    expect(byzantine['stubborn sync']).toBeGreaterThan(0)
  })

  for (const [request, was] of KNOWN_SEEDS) {
    it(`seed ${request.seed}: ${was}`, async () => {
      expect((await runSimulation(drawOptions(request))).violation).toBeNull()
    })
  }
})
