import { fractionToText } from '../../../evidence/index.ts'
import { THE, TX_PARAMS } from '../records/chain-config.ts'
import { message, text } from '../wire/schema.ts'
import { NOTHING, routeOf } from './route.ts'

/** Where wallets learn what gas costs. Here that is a rule of the chain, the same at every node. */
export const NODE_ROUTES = [
  routeOf(
    '/cosmos.base.node.v1beta1.Service/Config',
    NOTHING,
    message('ConfigResponse', { minimumGasPrice: text(1) }),
    ({ state, chain }) => {
      const { minGasPrice } = state.get(TX_PARAMS, THE)!
      return { minimumGasPrice: `${fractionToText(minGasPrice)}${chain.bondDenom}` }
    }
  )
]
