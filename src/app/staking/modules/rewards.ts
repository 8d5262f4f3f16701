import { shareOf } from '../../../evidence/index.ts'
import { BLOCK_ID_FLAG } from '../../../types/index.ts'
import { assert } from '../../../util/index.ts'
import type { CommitInfoVote } from '../../application.ts'
import { MODULE_ACCOUNTS } from '../addresses.ts'
import { type Context, emit } from '../context.ts'
import { KEY_OWNERS, VALIDATORS } from '../records/validators.ts'
import type { AccountId } from '../state/table.ts'
import { balanceOf, ensureAccount, moveCoin } from './bank.ts'
import { poolOf } from './delegations.ts'

/**
 * Pays the fees of the block before to those whose precommits are in the commit, by power: commission to the operator's
 * account, the rest into the stake, so that every share is worth more. What rounding leaves waits for the next block.
 */
export function payFees(ctx: Context, votes: readonly CommitInfoVote[]): void {
  const denom = ctx.chain.bondDenom
  const fees = balanceOf(ctx.state, MODULE_ACCOUNTS.feeCollector, denom)
  if (fees === 0n) return
  const present = votes.filter(({ blockIdFlag }) => blockIdFlag !== BLOCK_ID_FLAG.absent)
  const total = present.reduce((sum, { validator }) => sum + validator.power, 0n)
  if (total <= 0n) return
  for (const { validator } of present) {
    const owner = ctx.state.get(KEY_OWNERS, validator.address)
    if (owner !== null) payValidator(ctx, owner.operator, (fees * validator.power) / total)
  }
}

function payValidator(ctx: Context, operator: AccountId, amount: bigint): void {
  const validator = ctx.state.get(VALIDATORS, operator)
  // Stake that nobody holds a share of would belong to nobody.
  if (validator === null || validator.shares === 0n || amount === 0n) return
  const commission = shareOf(amount, validator.commission.rate)
  const rest = amount - commission
  if (commission > 0n) ensureAccount(ctx.state, operator)
  pay(ctx, operator, commission)
  pay(ctx, poolOf(validator), rest)
  ctx.state.set(VALIDATORS, operator, { ...validator, tokens: validator.tokens + rest })
  emit(ctx, 'rewards', {
    amount: `${amount}${ctx.chain.bondDenom}`,
    validator: ctx.addresses.ofOperator(operator),
    commission: `${commission}${ctx.chain.bondDenom}`
  })
}

function pay(ctx: Context, to: AccountId, amount: bigint): void {
  const coin = { denom: ctx.chain.bondDenom, amount }
  const refusal = moveCoin(ctx.state, MODULE_ACCOUNTS.feeCollector, to, coin)
  assert(refusal === null, 'no more is paid than was collected')
}
