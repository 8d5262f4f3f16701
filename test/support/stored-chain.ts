import type { FinalizeBlockResponse } from '../../src/app/index.ts'
import type { DecidedBlock } from '../../src/blockstore/index.ts'
import { addressOf } from '../../src/crypto/index.ts'
import {
  BLOCK_ID_FLAG,
  type Block,
  type BlockId,
  type ChainState,
  type Commit,
  DEFAULT_CONSENSUS_PARAMS,
  encodeBlock,
  type Genesis,
  hashHeader,
  makeGenesisState,
  makePartSet,
  NIL_BLOCK_ID,
  nextChainState,
  type ValidatorUpdate
} from '../../src/types/index.ts'

/** Chains that only have to be stored: hashes and heights fit, nobody signed them. */

const HASH = 'ab'.repeat(32)
export const GENESIS_SECONDS = 1_700_000_000

export function keyOf(n: number): ValidatorUpdate['publicKey'] {
  return { type: 'ed25519', bytes: new Uint8Array(32).fill(n) }
}

export function genesisOf(
  validators: number,
  initialHeight = 1
): { genesis: Genesis; genesisBytes: Uint8Array } {
  const genesis: Genesis = {
    genesisTime: { seconds: GENESIS_SECONDS, nanos: 0 },
    chainId: 'test-chain',
    initialHeight,
    consensusParams: DEFAULT_CONSENSUS_PARAMS,
    validators: Array.from({ length: validators }, (_, i) => ({
      address: addressOf(keyOf(i + 1)),
      publicKey: keyOf(i + 1),
      power: BigInt(10 + i),
      name: `v${i}`
    })),
    appHash: '',
    appState: ''
  }
  return { genesis, genesisBytes: Buffer.from(JSON.stringify({ chain_id: 'test-chain', validators })) }
}

export function firstState(validators = 4, initialHeight = 1): ChainState {
  return makeGenesisState(genesisOf(validators, initialHeight).genesis)
}

export function commitOf(height: number, blockId: BlockId, salt = 0): Commit {
  const signatures = Array.from({ length: 4 }, (_, i) => ({
    blockIdFlag: BLOCK_ID_FLAG.commit,
    validatorAddress: (i + 1).toString(16).padStart(40, '0'),
    timestamp: { seconds: GENESIS_SECONDS + height, nanos: i },
    signature: new Uint8Array(64).fill(i + height + salt)
  }))
  return { height, round: 0, blockId, signatures }
}

/** A block after `previous` with one transaction of `txBytes` bytes, decided. */
export function decidedBlock(height: number, txBytes: number, previous: DecidedBlock | null): DecidedBlock {
  const lastBlockId = previous?.blockId ?? NIL_BLOCK_ID
  const block: Block = {
    header: {
      version: { block: 11, app: 0 },
      chainId: 'test-chain',
      height,
      time: { seconds: GENESIS_SECONDS + height, nanos: 0 },
      lastBlockId,
      lastCommitHash: HASH,
      dataHash: HASH,
      validatorsHash: HASH,
      nextValidatorsHash: HASH,
      consensusHash: HASH,
      appHash: height.toString(16).padStart(8, '0'),
      lastResultsHash: HASH,
      evidenceHash: HASH,
      proposerAddress: 'cd'.repeat(20)
    },
    txs: txBytes === 0 ? [] : [new Uint8Array(txBytes).map((_, i) => (i * 31 + height) & 255)],
    evidence: [],
    lastCommit:
      previous === null
        ? { height: 0, round: 0, blockId: NIL_BLOCK_ID, signatures: [] }
        : commitOf(height - 1, lastBlockId)
  }
  const { header, parts } = makePartSet(encodeBlock(block))
  const blockId = { hash: hashHeader(block.header), partSetHeader: header }
  return { block, blockId, parts, seenCommit: commitOf(height, blockId, 1) }
}

/** A chain of blocks whose transactions have these sizes, from height 1. */
export function decidedChain(txSizes: readonly number[], from = 1): DecidedBlock[] {
  const chain: DecidedBlock[] = []
  for (const [index, size] of txSizes.entries()) {
    chain.push(decidedBlock(from + index, size, chain.at(-1) ?? null))
  }
  return chain
}

/** The state after a block without updates of params. */
export function stateAfterBlock(
  state: ChainState,
  decided: DecidedBlock,
  validatorUpdates: readonly ValidatorUpdate[] = []
): ChainState {
  return nextChainState(state, {
    blockId: decided.blockId,
    header: decided.block.header,
    lastResultsHash: HASH,
    appHash: 'ef'.repeat(4),
    validatorUpdates,
    paramUpdates: null
  })
}

/** What an app answers for a block of `txs` transactions with one event each. */
export function resultsOf(txs: number, height = 1): FinalizeBlockResponse {
  return {
    events: [{ type: 'block', attributes: [{ key: 'height', value: String(height), index: true }] }],
    txResults: Array.from({ length: txs }, (_, i) => ({
      code: i % 7 === 0 ? 1 : 0,
      data: Uint8Array.of(i & 255),
      log: i % 7 === 0 ? 'refused' : '',
      info: '',
      gasWanted: BigInt(i) * 1000n,
      gasUsed: -1n,
      events: [
        {
          type: 'transfer',
          attributes: [
            { key: 'sender', value: `account${i}`, index: true },
            { key: 'amount', value: String(i), index: false }
          ]
        }
      ],
      codespace: ''
    })),
    validatorUpdates: [],
    consensusParamUpdates: null,
    appHash: Uint8Array.of(1, 2, 3)
  }
}
