import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { publicKeyOf, secp256k1PublicKeyOf } from '../../../src/crypto/index.ts'
import { NIL_BLOCK_ID } from '../../../src/types/block-id.ts'
import type { ChainState } from '../../../src/types/chain-state.ts'
import type { Genesis } from '../../../src/types/genesis.ts'
import { applyInitChain, makeGenesisState } from '../../../src/types/genesis-state.ts'
import { type ExecutedBlock, nextChainState } from '../../../src/types/next-chain-state.ts'
import { DEFAULT_CONSENSUS_PARAMS } from '../../../src/types/params.ts'
import { ConsensusParamsError } from '../../../src/types/params-rules.ts'
import { incrementProposerPriority } from '../../../src/types/proposer-priority.ts'
import { MAX_TOTAL_POWER, type ValidatorUpdate } from '../../../src/types/validator-set.ts'
import { EMPTY_VALIDATOR_SET } from '../../../src/types/validator-set-assembly.ts'
import {
  makeValidatorSet,
  updateValidatorSet,
  ValidatorSetError
} from '../../../src/types/validator-set-update.ts'
import { someBlockId } from './signed-commits.ts'

const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

function update(seed: number, power: bigint): ValidatorUpdate {
  return { publicKey: { type: 'ed25519', bytes: publicKeyOf(Buffer.alloc(32, seed)) }, power }
}

const genesisValidators = [1, 2, 3].map(seed => ({
  ...update(seed, 10n * BigInt(seed)),
  address: '',
  name: ''
}))
const withAddresses = makeValidatorSet(
  genesisValidators.map(({ publicKey, power }) => ({ publicKey, power }))
)
const genesis: Genesis = {
  genesisTime: { seconds: 1_700_000_000, nanos: 5 },
  chainId: 'chain',
  initialHeight: 100,
  consensusParams: DEFAULT_CONSENSUS_PARAMS,
  validators: withAddresses.validators.map(({ address, publicKey, power }) => ({
    address,
    publicKey,
    power,
    name: ''
  })),
  appHash: 'aa',
  appState: ''
}
const answer = { validators: [], consensusParams: null, appHash: '' }

describe('makeGenesisState', () => {
  it('stands before the first block', () => {
    const state = makeGenesisState(genesis)
    expect(state).toEqual({
      chainId: 'chain',
      initialHeight: 100,
      lastBlockHeight: 0,
      lastBlockId: NIL_BLOCK_ID,
      lastBlockTime: genesis.genesisTime,
      validators: withAddresses,
      nextValidators: incrementProposerPriority(withAddresses, 1),
      lastValidators: null,
      lastHeightValidatorsChanged: 100,
      consensusParams: DEFAULT_CONSENSUS_PARAMS,
      lastHeightConsensusParamsChanged: 100,
      lastResultsHash: '',
      appHash: 'aa',
      appVersion: 0
    })
  })

  it('may be without validators until the app names some', () => {
    const state = makeGenesisState({ ...genesis, validators: [] })
    expect([state.validators, state.nextValidators]).toEqual([EMPTY_VALIDATOR_SET, EMPTY_VALIDATOR_SET])
    expect(() => applyInitChain(state, answer)).toThrow('no validators: there are none in the genesis')
    const started = applyInitChain(state, { ...answer, validators: [update(7, 1n)] })
    expect(started.validators).toEqual(makeValidatorSet([update(7, 1n)]))
  })
})

describe('applyInitChain', () => {
  const state = makeGenesisState(genesis)

  it('changes nothing but the hash of no results when the app has no wishes', () => {
    expect(applyInitChain(state, answer)).toEqual({ ...state, lastResultsHash: EMPTY_HASH })
  })

  it('takes validators, params and app hash of the app', () => {
    const block = { maxBytes: 5_000_000, maxGas: 7 }
    const started = applyInitChain(state, {
      validators: [update(8, 5n), update(9, 5n)],
      consensusParams: { block, version: { app: 4 } },
      appHash: 'bb'
    })
    const validators = makeValidatorSet([update(8, 5n), update(9, 5n)])
    expect(started.validators).toEqual(validators)
    expect(started.nextValidators).toEqual(incrementProposerPriority(validators, 1))
    expect(started.consensusParams).toEqual({ ...DEFAULT_CONSENSUS_PARAMS, block, version: { app: 4 } })
    expect([started.appVersion, started.appHash]).toEqual([4, 'bb'])
  })

  it('refuses what no chain can start with', () => {
    const zero = { ...answer, validators: [update(8, 0n)] }
    expect(() => applyInitChain(state, zero)).toThrow(ValidatorSetError)
    const blocks = { ...answer, consensusParams: { block: { maxBytes: 0, maxGas: 0 } } }
    expect(() => applyInitChain(state, blocks)).toThrow(ConsensusParamsError)
  })
})

function executed(height: number, change: Partial<ExecutedBlock> = {}): ExecutedBlock {
  return {
    blockId: someBlockId('c'),
    header: { height, time: { seconds: 1_700_000_000 + height, nanos: 0 } },
    lastResultsHash: 'dd'.repeat(32),
    appHash: 'ee',
    validatorUpdates: [],
    paramUpdates: null,
    ...change
  }
}

describe('nextChainState', () => {
  const start = applyInitChain(makeGenesisState(genesis), answer)

  it('moves every set one height on', () => {
    const next = nextChainState(start, executed(100))
    expect(next).toEqual({
      ...start,
      lastBlockHeight: 100,
      lastBlockId: someBlockId('c'),
      lastBlockTime: { seconds: 1_700_000_100, nanos: 0 },
      validators: start.nextValidators,
      nextValidators: incrementProposerPriority(start.nextValidators, 1),
      lastValidators: start.validators,
      lastResultsHash: 'dd'.repeat(32),
      appHash: 'ee'
    })
  })

  it('lets updates of height H sign from H + 2', () => {
    const updates = [update(4, 50n), update(1, 0n)]
    const one = nextChainState(start, executed(100, { validatorUpdates: updates }))
    expect(one.validators).toBe(start.nextValidators)
    expect(one.lastHeightValidatorsChanged).toBe(102)
    const wanted = incrementProposerPriority(updateValidatorSet(start.nextValidators, updates), 1)
    expect(one.nextValidators).toEqual(wanted)
    const two = nextChainState(one, executed(101))
    expect(two.validators).toEqual(wanted)
    expect(two.lastHeightValidatorsChanged).toBe(102)
    // The proposer of the set that signs is one of its members, though the one before may have left.
    expect(two.validators.validators).toContain(two.validators.proposer)
  })

  it('lets params of height H hold from H + 1', () => {
    const paramUpdates = { block: { maxBytes: 2_000_000, maxGas: 5 }, version: { app: 9 } }
    const next = nextChainState(start, executed(100, { paramUpdates }))
    expect(next.consensusParams).toEqual({ ...DEFAULT_CONSENSUS_PARAMS, ...paramUpdates })
    expect([next.appVersion, next.lastHeightConsensusParamsChanged]).toEqual([9, 101])
    const later = nextChainState(next, executed(101))
    expect([later.appVersion, later.lastHeightConsensusParamsChanged]).toEqual([9, 101])
  })

  it.each<[string, Partial<ExecutedBlock>]>([
    ['EMPTY_VALIDATOR_SET', { validatorUpdates: [1, 2, 3].map(seed => update(seed, 0n)) }],
    ['UNKNOWN_VALIDATOR', { validatorUpdates: [update(9, 0n)] }],
    ['NEGATIVE_POWER', { validatorUpdates: [update(1, -1n)] }],
    ['DUPLICATE_VALIDATOR', { validatorUpdates: [update(1, 1n), update(1, 2n)] }],
    ['TOTAL_POWER_TOO_LARGE', { validatorUpdates: [update(4, MAX_TOTAL_POWER)] }],
    ['INVALID_CONSENSUS_PARAMS', { paramUpdates: { block: { maxBytes: -5, maxGas: 0 } } }],
    ['INVALID_CONSENSUS_PARAMS', { paramUpdates: { abci: { voteExtensionsEnableHeight: 100 } } }]
  ])('A-06: stops with %s at updates no chain can follow, leaving the state as it was', (code, change) => {
    const before = structuredClone(start)
    expect(() => nextChainState(start, executed(100, change))).toThrow(expect.objectContaining({ code }))
    expect(structuredClone(start)).toEqual(before)
  })

  it('lets join only keys of the types the params name, and leave any', () => {
    const secp = { type: 'secp256k1' as const, bytes: secp256k1PublicKeyOf(Buffer.alloc(32, 3)) }
    const join = executed(100, { validatorUpdates: [{ publicKey: secp, power: 5n }] })
    expect(() => nextChainState(start, join)).toThrow('has a key of type secp256k1; allowed: ed25519')
    const both = { ...DEFAULT_CONSENSUS_PARAMS, validator: { pubKeyTypes: ['ed25519', 'secp256k1'] } }
    const joined = nextChainState({ ...start, consensusParams: both }, join)
    const back = { ...joined, consensusParams: DEFAULT_CONSENSUS_PARAMS }
    const left = nextChainState(back, executed(101, { validatorUpdates: [{ publicKey: secp, power: 0n }] }))
    expect(left.nextValidators.validators).toHaveLength(3)
  })

  it('turns vote extensions on for a height still to come', () => {
    const paramUpdates = { abci: { voteExtensionsEnableHeight: 101 } }
    const next = nextChainState(start, executed(100, { paramUpdates }))
    expect(next.consensusParams.abci.voteExtensionsEnableHeight).toBe(101)
    const off = executed(101, { paramUpdates: { abci: { voteExtensionsEnableHeight: 0 } } })
    expect(() => nextChainState(next, off)).toThrow('cannot be turned off')
  })

  it('A-51: whatever an app answers, there is a next state or one of two errors', () => {
    const power = fc.oneof(
      fc.bigInt({ min: -3n, max: 60n }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    )
    const updates = fc.array(fc.record({ seed: fc.integer({ min: 1, max: 5 }), power }), { maxLength: 4 })
    const count = fc.oneof(fc.integer(), fc.maxSafeInteger())
    const paramUpdates = fc.option(
      fc.record(
        {
          block: fc.record({ maxBytes: count, maxGas: count }),
          abci: fc.record({ voteExtensionsEnableHeight: count })
        },
        { requiredKeys: [] }
      )
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(updates, paramUpdates), { maxLength: 6 }), blocks => {
        let state: ChainState = start
        for (const [changes, params] of blocks) {
          const height = state.lastBlockHeight === 0 ? 100 : state.lastBlockHeight + 1
          const validatorUpdates = changes.map(each => update(each.seed, each.power))
          try {
            state = nextChainState(state, executed(height, { validatorUpdates, paramUpdates: params }))
          } catch (thrown) {
            if (!(thrown instanceof ValidatorSetError || thrown instanceof ConsensusParamsError)) throw thrown
            continue
          }
          const { validators, totalPower, proposer } = state.nextValidators
          expect(totalPower > 0n && totalPower <= MAX_TOTAL_POWER).toBe(true)
          expect(validators).toContain(proposer)
        }
      })
    )
  })
})
