import type { SignatureVerifier } from '../../crypto/index.ts'
import { beginBlockSlashing } from '../../evidence/index.ts'
import type { ValidatorUpdate } from '../../types/index.ts'
import type { AppEvent, ExecTxResult, FinalizeBlockRequest } from '../application.ts'
import type { Addresses } from './addresses.ts'
import type { Context } from './context.ts'
import { releaseStake, releaseValidators } from './modules/maturity.ts'
import { payFees } from './modules/rewards.ts'
import { publishSlashing } from './modules/slashing-events.ts'
import { makeSlashingState } from './modules/slashing-port.ts'
import { updateValidatorSet } from './modules/validator-set.ts'
import type { Chain } from './records/chain-config.ts'
import { Refusal } from './refusal.ts'
import type { StateLayer } from './state/state-layer.ts'
import { decodeTx } from './tx/decode-tx.ts'
import { failure, runTx, type TxPlace } from './tx/run-tx.ts'

/** What blocks of a chain are executed with. */
export interface BlockRules {
  readonly chain: Chain
  readonly addresses: Addresses
  readonly verifier: SignatureVerifier
}

export interface ExecutedBlock {
  readonly events: readonly AppEvent[]
  readonly txResults: readonly ExecTxResult[]
  readonly validatorUpdates: readonly ValidatorUpdate[]
}

/**
 * Executes a block on `state`, which takes its changes: fees of the block before, who was absent, evidence,
 * transactions, then the validator set and what has become free. Whatever is in the block, it ends with results.
 */
export function executeBlock(
  state: StateLayer,
  rules: BlockRules,
  request: FinalizeBlockRequest
): ExecutedBlock {
  const { chain, addresses } = rules
  const { height, time } = request
  const place: TxPlace = { state, chain, addresses, height, time }
  const ctx: Context = { ...place, slashing: makeSlashingState(state, chain), events: [] }
  const { votes } = request.decidedLastCommit
  payFees(ctx, votes)
  const { misbehavior } = request
  publishSlashing(ctx, beginBlockSlashing(ctx.slashing, { height, time, lastCommit: votes, misbehavior }))
  const txResults = request.txs.map(tx => executeTx(place, rules, tx))
  const validatorUpdates = updateValidatorSet(ctx)
  releaseValidators(ctx)
  releaseStake(ctx)
  return { events: ctx.events, txResults, validatorUpdates }
}

function executeTx(place: TxPlace, { chain, addresses, verifier }: BlockRules, tx: Uint8Array): ExecTxResult {
  const decoded = decodeTx(tx, { addresses, bondDenom: chain.bondDenom })
  return decoded instanceof Refusal ? failure(decoded) : runTx(place, decoded, verifier)
}
