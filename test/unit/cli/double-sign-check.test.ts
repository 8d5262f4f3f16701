import { describe, expect, it } from 'vitest'
import { refuseTwin } from '../../../src/cli/node/double-sign-check.ts'
import {
  BLOCK_ID_FLAG,
  type BlockIdFlag,
  type Commit,
  NIL_BLOCK_ID,
  ZERO_TIME
} from '../../../src/types/index.ts'

const OWN = 'aa'.repeat(20)
const OTHER = 'bb'.repeat(20)

function commit(height: number, address: string, blockIdFlag: BlockIdFlag): Commit {
  const entry = {
    blockIdFlag,
    validatorAddress: address,
    timestamp: ZERO_TIME,
    signature: new Uint8Array(64)
  }
  return { height, round: 0, blockId: NIL_BLOCK_ID, signatures: [entry] }
}

/** A store of `height` blocks of which our signature is under those in `signed`. */
function storeOf(
  height: number,
  signed: readonly number[],
  blockIdFlag: BlockIdFlag = BLOCK_ID_FLAG.commit,
  base = 1
) {
  const load = (at: number) => {
    expect(at).toBeGreaterThanOrEqual(base)
    return commit(at, signed.includes(at) ? OWN : OTHER, blockIdFlag)
  }
  return { height, base, loadSeenCommit: (at: number) => (at === height ? load(at) : null), loadCommit: load }
}

describe('double_sign_check_height', () => {
  it('0 looks at nothing', () => {
    refuseTwin(storeOf(5, [1, 2, 3, 4, 5]), OWN, 0)
  })

  it('1 looks at the newest block', () => {
    expect(() => refuseTwin(storeOf(5, [5]), OWN, 1)).toThrow('block 5 carries our signature')
    refuseTwin(storeOf(5, [4]), OWN, 1)
  })

  it('looks at exactly as many blocks as it says', () => {
    expect(() => refuseTwin(storeOf(5, [3]), OWN, 3)).toThrow('block 3')
    refuseTwin(storeOf(5, [2]), OWN, 3)
  })

  it('counts a vote for nil as a signature, an absence not', () => {
    expect(() => refuseTwin(storeOf(5, [5], BLOCK_ID_FLAG.nil), OWN, 1)).toThrow('block 5')
    refuseTwin(storeOf(5, [5], BLOCK_ID_FLAG.absent), OWN, 1)
  })

  it('stops where the blocks do', () => {
    refuseTwin(storeOf(0, [], BLOCK_ID_FLAG.commit), OWN, 10)
    refuseTwin(storeOf(5, [3], BLOCK_ID_FLAG.commit, 4), OWN, 10)
  })
})
