import { addressOf } from '../../../crypto/index.ts'
import { fractionOf, type SigningInfo } from '../../../evidence/index.ts'
import { SLASHING_PARAMS, THE } from '../records/chain-config.ts'
import { SIGNERS, SIGNING_INFOS } from '../records/slashing.ts'
import { KEY_OWNERS, VALIDATORS } from '../records/validators.ts'
import { Refusal } from '../refusal.ts'
import {
  amountBytes,
  bool,
  duration,
  embedded,
  int,
  message,
  repeated,
  text,
  timestamp
} from '../wire/schema.ts'
import {
  badArgument,
  fromList,
  NOTHING,
  notFound,
  pageAsked,
  pageGiven,
  pageOf,
  type QueryPlace,
  routeOf
} from './route.ts'

const SERVICE = '/cosmos.slashing.v1beta1.Query'

const signingInfo = message('ValidatorSigningInfo', {
  address: text(1),
  startHeight: int(2),
  indexOffset: int(3),
  jailedUntil: timestamp(4),
  tombstoned: bool(5),
  missedBlocksCounter: int(6)
})
const slashingParams = message('Params', {
  signedBlocksWindow: int(1),
  minSignedPerWindow: amountBytes(2),
  downtimeJailDuration: duration(3),
  slashFractionDoubleSign: amountBytes(4),
  slashFractionDowntime: amountBytes(5)
})

export const SLASHING_ROUTES = [
  routeOf(
    `${SERVICE}/Params`,
    NOTHING,
    message('QueryParamsResponse', { params: embedded(1, slashingParams) }),
    ({ state }) => {
      const params = state.get(SLASHING_PARAMS, THE)!
      const { signedBlocksWindow, minSigned, downtimeJailDuration } = params
      const { slashFractionDoubleSign, slashFractionDowntime } = params
      const minSignedPerWindow = fractionOf(BigInt(minSigned), BigInt(signedBlocksWindow))
      return {
        params: {
          signedBlocksWindow,
          minSignedPerWindow,
          downtimeJailDuration,
          slashFractionDoubleSign,
          slashFractionDowntime
        }
      }
    }
  ),
  routeOf(
    `${SERVICE}/SigningInfo`,
    message('QuerySigningInfoRequest', { consAddress: text(1, 128) }),
    message('QuerySigningInfoResponse', { valSigningInfo: embedded(1, signingInfo) }),
    (place, { consAddress }) => {
      const address = place.addresses.consensus(consAddress)
      if (address === null) return badArgument(`invalid consensus address ${JSON.stringify(consAddress)}`)
      const owner = place.state.get(KEY_OWNERS, address)
      const info = owner && place.state.get(SIGNING_INFOS, owner.operator)
      return info === null
        ? notFound(`SigningInfo not found for validator ${consAddress}: key`)
        : { valSigningInfo: answerOf(consAddress, info) }
    }
  ),
  routeOf(
    `${SERVICE}/SigningInfos`,
    message('QuerySigningInfosRequest', { pagination: pageAsked(1) }),
    message('QuerySigningInfosResponse', { info: repeated(1, signingInfo), pagination: pageGiven(2) }),
    async (place, { pagination: asked }) => {
      const page = await pageOf(fromList(place.state.members(SIGNERS)), asked)
      if (page instanceof Refusal) return page
      const info = page.ids.map(id =>
        answerOf(consensusAddress(place, id), place.state.get(SIGNING_INFOS, id)!)
      )
      return { info, pagination: page.pagination }
    }
  )
]

/** '' for one that is no validator any more. */
function consensusAddress({ state, addresses }: QueryPlace, operator: string): string {
  const record = state.get(VALIDATORS, operator)
  return record === null ? '' : addresses.ofConsensusKey(addressOf(record.consensusKey))
}

function answerOf(address: string, info: SigningInfo) {
  const { startHeight, indexOffset, jailedUntil, tombstoned, missedCount: missedBlocksCounter } = info
  return { address, startHeight, indexOffset, jailedUntil, tombstoned, missedBlocksCounter }
}
