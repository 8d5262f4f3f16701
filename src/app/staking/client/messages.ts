import type { PublicKey } from '../../../crypto/index.ts'
import type { Coin } from '../coins.ts'
import { MSG_SEND } from '../messages/bank.ts'
import { MSG_BEGIN_REDELEGATE, MSG_DELEGATE, MSG_UNDELEGATE } from '../messages/delegation.ts'
import type { Any } from '../messages/handler.ts'
import { MSG_UNJAIL } from '../messages/slashing.ts'
import { keyToAny, MSG_CREATE_VALIDATOR } from '../messages/validator.ts'
import type { CommissionRates, Description } from '../records/validators.ts'

/** Messages to put into a transaction. Addresses are text, of the chain's prefix; they are not checked here. */

export function sendMessage(fromAddress: string, toAddress: string, amount: readonly Coin[]): Any {
  return {
    typeUrl: '/cosmos.bank.v1beta1.MsgSend',
    value: MSG_SEND.encode({ fromAddress, toAddress, amount })
  }
}

export function delegateMessage(delegatorAddress: string, validatorAddress: string, amount: Coin): Any {
  const value = MSG_DELEGATE.encode({ delegatorAddress, validatorAddress, amount })
  return { typeUrl: '/cosmos.staking.v1beta1.MsgDelegate', value }
}

export function undelegateMessage(delegatorAddress: string, validatorAddress: string, amount: Coin): Any {
  const value = MSG_UNDELEGATE.encode({ delegatorAddress, validatorAddress, amount })
  return { typeUrl: '/cosmos.staking.v1beta1.MsgUndelegate', value }
}

export function redelegateMessage(
  delegatorAddress: string,
  validatorSrcAddress: string,
  validatorDstAddress: string,
  amount: Coin
): Any {
  const value = MSG_BEGIN_REDELEGATE.encode({
    delegatorAddress,
    validatorSrcAddress,
    validatorDstAddress,
    amount
  })
  return { typeUrl: '/cosmos.staking.v1beta1.MsgBeginRedelegate', value }
}

export interface NewValidator {
  /** Account of the operator. */
  readonly delegatorAddress: string
  readonly validatorAddress: string
  readonly publicKey: PublicKey
  readonly description: Description
  readonly commission: CommissionRates
  readonly minSelfDelegation: bigint
  readonly stake: Coin
}

export function createValidatorMessage(validator: NewValidator): Any {
  const { publicKey, stake, ...rest } = validator
  const value = MSG_CREATE_VALIDATOR.encode({ ...rest, pubkey: keyToAny(publicKey), value: stake })
  return { typeUrl: '/cosmos.staking.v1beta1.MsgCreateValidator', value }
}

export function unjailMessage(validatorAddress: string): Any {
  return { typeUrl: '/cosmos.slashing.v1beta1.MsgUnjail', value: MSG_UNJAIL.encode({ validatorAddress }) }
}
