import { type UnjailRefusal, unjail } from '../../../evidence/index.ts'
import { publishSlashing } from '../modules/slashing-events.ts'
import { REFUSED, Refusal, type RefusalKind } from '../refusal.ts'
import { message, text } from '../wire/schema.ts'
import { handlerOf, invalidAddress, NO_ANSWER } from './handler.ts'

export const MSG_UNJAIL = message('MsgUnjail', { validatorAddress: text(1, 128) })

const KIND_OF: Readonly<Record<UnjailRefusal, RefusalKind>> = {
  noValidator: REFUSED.noOwnValidator,
  noSelfBond: REFUSED.missingSelfBond,
  selfBondTooLow: REFUSED.selfBondTooLowToUnjail,
  notJailed: REFUSED.notJailed,
  tombstoned: REFUSED.tombstoned,
  stillJailed: REFUSED.stillJailed
}

const unjailHandler = handlerOf({
  typeUrl: '/cosmos.slashing.v1beta1.MsgUnjail',
  wire: MSG_UNJAIL,
  gas: 50_000,
  prepare({ validatorAddress }, { addresses }) {
    const operator = addresses.operator(validatorAddress)
    if (operator === null) return invalidAddress('validator', validatorAddress)
    return {
      signers: [operator],
      run(ctx) {
        const outcome = unjail(ctx.slashing, operator, ctx)
        if (!outcome.ok) {
          const kind = KIND_OF[outcome.code]
          return new Refusal({ ...kind, phrase: outcome.log })
        }
        publishSlashing(ctx, outcome.events)
        return NO_ANSWER
      }
    }
  }
})

export const SLASHING_HANDLERS = [unjailHandler]
