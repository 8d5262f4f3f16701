import { describe, expect, it } from 'vitest'
import { diagnose } from '../../../../src/cli/diagnosis/diagnose.ts'
import { diagnosisToJson } from '../../../../src/cli/diagnosis/diagnosis-json.ts'
import type { ConsensusSnapshot } from '../../../../src/cli/diagnosis/snapshot.ts'
import { A, B, block, round, snapshot, votes } from './snapshot-builder.ts'

const SLOW = { sinceBlockMs: 20_000, sinceRoundMs: 5_000 }
const STUCK = { sinceBlockMs: 120_000, sinceRoundMs: 5_000 }

type Case = readonly [
  name: string,
  seen: ConsensusSnapshot,
  situation: string,
  health: string,
  sentence: string
]

const CASES: readonly Case[] = [
  [
    'blocks as they should come',
    snapshot(),
    'healthy',
    'ok',
    'height 812 round 0: blocks come as they should (step prevote, last block 400 ms ago)'
  ],
  [
    'blocks that come without a validator',
    snapshot({}, [10, 10, 40_500, 10]),
    'validatorsAway',
    'ok',
    'height 812 round 0: blocks come (step prevote, last block 400 ms ago), without V2 (20 %, last seen 40 s ago)'
  ],
  [
    'blocks that come without several, the heaviest first',
    snapshot({ watchedMs: 90_000 }, [10, 10, 12_001, null]),
    'validatorsAway',
    'ok',
    'height 812 round 0: blocks come (step prevote, last block 400 ms ago), without V2 (20 %, last seen 12 s ago) and V3 (15 %, not seen for 90 s)'
  ],
  [
    'validators not heard for less than two heights, or not watched for longer',
    snapshot({ watchedMs: null }, [10, 10, 12_000, null]),
    'healthy',
    'ok',
    'height 812 round 0: blocks come as they should (step prevote, last block 400 ms ago)'
  ],
  [
    'waiting for transactions, however long',
    snapshot({ ...STUCK, waitsForTxs: true, step: 'newRound' }),
    'waitingForTransactions',
    'ok',
    'height 812 round 0: waiting for transactions, since consensus.create_empty_blocks is off'
  ],
  [
    'fetching blocks',
    snapshot({ ...STUCK, isSyncing: true, peers: [{ name: 'a', height: 900, round: 0, step: 'propose' }] }),
    'syncing',
    'ok',
    'height 812 round 0: this node fetches blocks from its peers; 1 of 1 peer is ahead, the first at height 900'
  ],
  [
    'behind, and fetching nothing',
    snapshot({
      ...SLOW,
      peers: [900, 812, 905].map(height => ({ name: 'a', height, round: 0, step: 'propose' }))
    }),
    'behind',
    'slow',
    'height 812 round 0: this node is behind: 2 of 3 peers are ahead, the first at height 905, but no blocks are being fetched'
  ],
  [
    'a peer one height ahead for a moment',
    snapshot({ peers: [{ name: 'a', height: 813, round: 0, step: 'newHeight' }] }),
    'healthy',
    'ok',
    'height 812 round 0: blocks come as they should (step prevote, last block 400 ms ago)'
  ],
  [
    'no peers',
    snapshot({ peers: [] }),
    'noPeers',
    'stuck',
    'height 812 round 0: no peer is connected, and this node alone has 30 % of the power'
  ],
  [
    'peers, but nobody heard',
    snapshot({
      ...STUCK,
      rounds: [round(0, { prevotes: votes('n...'), precommits: votes('n...') })],
      peers: [{ name: 'full', height: 812, round: 0, step: 'propose' }]
    }),
    'isolated',
    'stuck',
    'height 812 round 0: no other validator was heard in this height, though 1 peer is connected (1 at this height)'
  ],
  [
    'a third of the power missing',
    snapshot(
      { ...STUCK, round: 3, rounds: [round(3, { prevotes: votes('aa.n'), proposer: 1, proposal: block() })] },
      [10, 10, 40_500, 10]
    ),
    'votesMissing',
    'stuck',
    'height 812 round 3: 65 % prevoted block AB12CD34…, missing V2 (20 %, last seen 40 s ago) and V3 (15 %, voted nil)'
  ],
  [
    'validators not seen since the start, by their names',
    snapshot({
      ...SLOW,
      validators: [40n, 30n, 30n].map((power, i) => ({
        address: `${i}`.repeat(40),
        name: ['alice', 'bob', ''][i]!,
        power,
        lastSeenMs: i === 0 ? 5 : null
      })),
      self: 0,
      watchedMs: 300_000,
      rounds: [round(0, { prevotes: votes('n..'), proposal: block() })],
      peers: [{ name: 'bob', height: 812, round: 0, step: 'propose' }]
    }),
    'isolated',
    'slow',
    'height 812 round 0: no other validator was heard in this height, though 1 peer is connected (1 at this height)'
  ],
  [
    'a silent proposer, after which too few prevoted at all',
    snapshot({ ...SLOW, round: 1, rounds: [round(1, { prevotes: votes('nn..') })] }, [1, 1, 8000, null]),
    'votesMissing',
    'slow',
    'height 812 round 1: 65 % prevoted nil, missing V2 (20 %, last seen 8 s ago) and V3 (15 %, not seen for 10 min); proposer V1 sent no block'
  ],
  [
    'a silent proposer, and everybody says so',
    snapshot({
      ...SLOW,
      round: 1,
      rounds: [round(1, { prevotes: votes('nnnn'), precommits: votes('nn..') })]
    }),
    'proposerSilent',
    'slow',
    'height 812 round 1: 100 % prevoted nil; proposer V1 sent no block'
  ],
  [
    'the own node is the silent proposer',
    snapshot({ ...SLOW, round: 4, rounds: [round(4, { prevotes: votes('.nnn') })] }),
    'proposerSilent',
    'stuck',
    'height 812 round 4: 70 % prevoted nil; this node (V0) is the proposer and has sent no block'
  ],
  [
    'the proposal is awaited, and nobody voted',
    snapshot({ ...SLOW, round: 1, step: 'propose', sinceRoundMs: 200, rounds: [round(0), round(1)] }),
    'isolated',
    'slow',
    'height 812 round 1: no other validator was heard in this height, though 3 peers are connected (3 at this height)'
  ],
  [
    'block parts missing',
    snapshot({
      ...SLOW,
      rounds: [round(0, { prevotes: votes('n.nn'), proposal: block({ received: 3, validity: 'unknown' }) })]
    }),
    'votesMissing',
    'slow',
    'height 812 round 0: 65 % prevoted nil, missing V1 (35 %, last seen 10 ms ago); block AB12CD34… of V0 is here with 3 of 7 parts only'
  ],
  [
    'a block that came to nobody whole',
    snapshot({
      ...SLOW,
      rounds: [round(0, { prevotes: votes('nnnn'), proposal: block({ received: 0, validity: 'unknown' }) })]
    }),
    'blockPartsMissing',
    'slow',
    'height 812 round 0: 100 % prevoted nil; block AB12CD34… of V0 is here with 0 of 7 parts only'
  ],
  [
    'an invalid block that all refuse',
    snapshot({
      ...SLOW,
      rounds: [
        round(0, {
          prevotes: votes('nnnn'),
          proposer: 2,
          proposal: block({ validity: 'invalid', refusal: 'last results hash differs' })
        })
      ]
    }),
    'invalidBlock',
    'slow',
    'height 812 round 0: 100 % prevoted nil; block AB12CD34… of V2 is invalid here: last results hash differs'
  ],
  [
    'a block by another app hash',
    snapshot({
      ...SLOW,
      rounds: [
        round(0, {
          prevotes: votes('nnnn'),
          proposal: block({ validity: 'invalid', refusal: 'app hash is 01, expected 02' })
        })
      ]
    }),
    'appHashMismatch',
    'stuck',
    'height 812 round 0: 100 % prevoted nil; block AB12CD34… of V0 disagrees with the application of this node: app hash is 01, expected 02'
  ],
  [
    'the others decided what this node holds for invalid',
    snapshot({
      decided: { round: 2, block: block({ validity: 'invalid', refusal: 'app hash is 01, expected 02' }) }
    }),
    'appHashMismatch',
    'stuck',
    'height 812 round 0: +2/3 precommitted block AB12CD34… in round 2, but the application of this node came to another state: app hash is 01, expected 02'
  ],
  [
    'the same for another reason',
    snapshot({
      decided: { round: 2, block: block({ validity: 'invalid', refusal: 'chain id is another' }) }
    }),
    'invalidDecision',
    'stuck',
    'height 812 round 0: +2/3 precommitted block AB12CD34… in round 2, which is invalid here: chain id is another'
  ],
  [
    'decided, but the block is not here',
    snapshot({ ...SLOW, decided: { round: 0, block: block({ received: 3, validity: 'unknown' }) } }),
    'decidedBlockMissing',
    'slow',
    'height 812 round 0: +2/3 precommitted block AB12CD34… in round 0, of which 3 of 7 parts are here'
  ],
  [
    'split prevotes',
    snapshot({ ...SLOW, rounds: [round(0, { prevotes: votes('abnn'), proposal: block() })] }),
    'splitVotes',
    'slow',
    'height 812 round 0: prevotes are split: 35 % block CD34EF56…, 35 % nil and 30 % block AB12CD34…; ' +
      'missing V0 (30 %, voted AB12CD34…), V2 (20 %, voted nil) and V3 (15 %, voted nil)'
  ],
  [
    'a polka without precommits enough',
    snapshot({
      ...SLOW,
      rounds: [round(0, { prevotes: votes('aaa.'), precommits: votes('a.a.'), proposal: block() })]
    }),
    'votesMissing',
    'slow',
    'height 812 round 0: 50 % precommitted block AB12CD34…, missing V1 (35 %, last seen 10 ms ago) and V3 (15 %, last seen 10 ms ago)'
  ],
  [
    'a polka that nobody followed',
    snapshot({ ...SLOW, rounds: [round(0, { prevotes: votes('aaa.'), proposal: block() })] }),
    'votesMissing',
    'slow',
    'height 812 round 0: nobody has precommitted, though there is a polka for block AB12CD34…'
  ],
  [
    'precommits split between a block and nil',
    snapshot({
      ...SLOW,
      rounds: [round(0, { prevotes: votes('aaa.'), precommits: votes('annn'), proposal: block() })]
    }),
    'splitVotes',
    'slow',
    'height 812 round 0: 70 % precommitted nil, though there is a polka for block AB12CD34…'
  ],
  [
    'nil prevotes in spite of a good block',
    snapshot({ ...SLOW, rounds: [round(0, { prevotes: votes('annn'), proposal: block() })] }),
    'votedNil',
    'slow',
    'height 812 round 0: 70 % prevoted nil, though block AB12CD34… of V0 is here'
  ],
  [
    'a young round: the one before it is judged',
    snapshot({
      ...SLOW,
      sinceRoundMs: 100,
      round: 1,
      rounds: [
        round(0, { prevotes: votes('aa..'), proposal: block() }),
        round(1, { prevotes: votes('n...') })
      ]
    }),
    'votesMissing',
    'slow',
    'height 812 round 1: in round 0 65 % prevoted block AB12CD34…, missing V2 (20 %, last seen 10 ms ago) and V3 (15 %, last seen 10 ms ago)'
  ]
]

describe('the diagnosis of a height', () => {
  it.each(CASES)('%s', (_name, seen, situation, health, sentence) => {
    const diagnosis = diagnose(seen)
    expect(diagnosis.sentence).toBe(sentence)
    expect(diagnosis).toMatchObject({ situation, health })
    expect(diagnosis.advice).toMatch(/^[^\n.]+[^\n]*[^.\n]$/)
  })

  it('names five that are missing and counts the rest', () => {
    const powers = Array.from({ length: 20 }, () => 5n)
    const seen = snapshot({
      ...STUCK,
      validators: powers.map((power, i) => ({ address: `${i}`, name: '', power, lastSeenMs: null })),
      watchedMs: null,
      rounds: [
        round(0, {
          prevotes: votes('aaaaaaaaaa..........'),
          precommits: votes('.'.repeat(20)),
          proposal: block()
        })
      ]
    })
    expect(diagnose(seen).sentence).toMatch(
      /: 50 % prevoted block AB12CD34…, missing V10 \(5 %, not seen in this height\), V11 .*V14 \([^)]*\) and 5 more \(25 %\)$/
    )
  })

  it('never rounds up to a quorum', () => {
    const validators = Array.from({ length: 3 }, (_, i) => ({
      address: `${i}`,
      name: '',
      power: 1n,
      lastSeenMs: 0
    }))
    const seen = snapshot({
      ...SLOW,
      validators,
      rounds: [round(0, { prevotes: votes('aa.'), proposal: block() })]
    })
    expect(diagnose(seen).sentence).toContain('66.6 % prevoted')
  })

  it('tells alone what a single validator does', () => {
    const validators = [{ address: '00', name: '', power: 10n, lastSeenMs: 0 }]
    const seen = snapshot({
      ...STUCK,
      validators,
      peers: [],
      rounds: [round(0, { proposer: 0, prevotes: votes('n'), precommits: votes('.') })]
    })
    expect(diagnose(seen)).toMatchObject({ situation: 'proposerSilent', health: 'stuck' })
  })

  it('comes with the numbers behind it, as plain JSON', () => {
    const seen = snapshot({
      ...STUCK,
      round: 3,
      locked: { round: 1, value: B },
      rounds: [round(3, { prevotes: votes('aa.n'), proposal: block() })]
    })
    const json = diagnosisToJson(seen)
    expect(JSON.parse(JSON.stringify(json))).toEqual(json)
    expect(json).toMatchObject({
      health: 'stuck',
      situation: 'votesMissing',
      height: '812',
      round: 3,
      judged_round: 3,
      total_power: '100',
      quorum_power: '67',
      locked: { round: 1, block: B },
      valid: null,
      rounds: [
        {
          round: 3,
          prevotes: {
            power: '80',
            percent: 80,
            values: [
              { block: A, power: '65' },
              { block: null, power: '15' }
            ]
          }
        }
      ],
      validators: [
        { index: 0, prevote: A, precommit: null, self: true },
        {},
        { prevote: null },
        { prevote: 'nil' }
      ]
    })
  })
})

describe('the advice while validators are away', () => {
  it('says how much more may be lost', () => {
    expect(diagnose(snapshot({}, [10, 10, 10, 40_000])).advice).toBe(
      'reach their operators: the chain stops when more than 18 % of the power is lost besides'
    )
    expect(diagnose(snapshot({}, [10, 10, 40_000, 40_000])).advice).toBe(
      'reach their operators: any further loss of power stops the chain'
    )
  })
})
