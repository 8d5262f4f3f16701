import { addressOf } from '../../../crypto/index.ts'
import { fractionToText } from '../../../evidence/index.ts'
import { timestampToRfc3339 } from '../../../types/index.ts'
import { durationText } from '../genesis/genesis-json.ts'
import { REASON_TEXT } from '../modules/slashing-events.ts'
import { COUNTERS, SLASH_NUMBERS } from '../records/accounts.ts'
import { SLASHING_PARAMS, THE, TX_PARAMS } from '../records/chain-config.ts'
import { SIGNERS, SIGNING_INFOS, SLASHES, slashId } from '../records/slashing.ts'
import { KEY_OWNERS, VALIDATORS } from '../records/validators.ts'
import { Refusal } from '../refusal.ts'
import { badArgument, notFound, type QueryPlace, type Route } from './route.ts'

/**
 * What Cosmos SDK has no query for, as JSON: the question is a JSON object (or nothing), 64-bit integers are strings.
 * A validator may be named by operator address, consensus address, or the hex of the latter.
 */

export const CHAIN_PATH = '/pnyx/chain'
const MAX_PER_PAGE = 100
const MAX_SCANNED = 100_000

interface Question {
  readonly validator: string | null
  /** From 1. */
  readonly page: number
  readonly perPage: number
}

export const PNYX_ROUTES: readonly Route[] = [
  jsonRoute('/pnyx/slashing/slashes', findSlashes),
  jsonRoute('/pnyx/slashing/signing_info', (place, { validator }) => {
    if (validator === null) return badArgument('validator is missing')
    const operator = operatorNamed(place, validator)
    if (operator instanceof Refusal) return operator
    return signingInfoJson(place, operator) ?? notFound(`signing info of ${validator}`)
  }),
  jsonRoute('/pnyx/slashing/signing_infos', (place, { page, perPage }) => {
    const all = place.state.members(SIGNERS)
    const ids = all.slice((page - 1) * perPage, page * perPage)
    return { signing_infos: ids.map(id => signingInfoJson(place, id)), total: `${all.length}` }
  }),
  jsonRoute('/pnyx/slashing/params', ({ state, chain }) => {
    const params = state.get(SLASHING_PARAMS, THE)!
    return {
      signed_blocks_window: `${params.signedBlocksWindow}`,
      min_signed: `${params.minSigned}`,
      downtime_jail_duration: durationText(params.downtimeJailDuration),
      slash_fraction_downtime: fractionToText(params.slashFractionDowntime),
      slash_fraction_double_sign: fractionToText(params.slashFractionDoubleSign),
      correlation: params.correlation,
      correlation_window_blocks: `${params.correlationWindowBlocks}`,
      test_network: chain.testNetwork
    }
  }),
  jsonRoute(CHAIN_PATH, ({ chain, state }) => ({
    chain_id: chain.chainId,
    bech32_prefix: chain.bech32Prefix,
    bond_denom: chain.bondDenom,
    min_gas_price: fractionToText(state.get(TX_PARAMS, THE)!.minGasPrice),
    test_network: chain.testNetwork,
    tokens_per_power: `${chain.tokensPerPower}`
  }))
]

function jsonRoute(path: string, find: (place: QueryPlace, question: Question) => object | Refusal): Route {
  return {
    path,
    async answer(place, data) {
      const question = readQuestion(data)
      if (question instanceof Refusal) return question
      const found = find(place, question)
      return found instanceof Refusal ? found : Buffer.from(JSON.stringify(found))
    }
  }
}

function readQuestion(data: Uint8Array): Question | Refusal {
  if (data.length === 0) return { validator: null, page: 1, perPage: 30 }
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(data).toString('utf8'))
  } catch {
    return badArgument('the question is not JSON')
  }
  if (typeof json !== 'object' || json === null) return badArgument('the question is not a JSON object')
  const { validator = null, page = 1, per_page: perPage = 30 } = json as Readonly<Record<string, unknown>>
  if (validator !== null && typeof validator !== 'string') return badArgument('validator is not a string')
  if (!isCount(page, Number.MAX_SAFE_INTEGER) || !isCount(perPage, MAX_PER_PAGE)) {
    return badArgument(`page and per_page are numbers from 1, the latter to ${MAX_PER_PAGE}`)
  }
  return { validator, page, perPage }
}

function isCount(value: unknown, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max
}

/** Newest first. */
function findSlashes(place: QueryPlace, { validator, page, perPage }: Question): object | Refusal {
  const wanted = validator === null ? null : operatorNamed(place, validator)
  if (wanted instanceof Refusal) return wanted
  const newest = (place.state.get(COUNTERS, SLASH_NUMBERS)?.next ?? 0) - 1
  const skip = (page - 1) * perPage
  const slashes: object[] = []
  let total = 0
  for (let number = newest; number >= 0 && newest - number < MAX_SCANNED; number--) {
    const slash = place.state.get(SLASHES, slashId(number))
    if (slash === null || (wanted !== null && slash.operator !== wanted)) continue
    if (total >= skip && slashes.length < perPage) {
      slashes.push({
        height: `${slash.height}`,
        time: timestampToRfc3339(slash.time),
        ...namesOf(place, slash.operator),
        reason: REASON_TEXT[slash.reason],
        infraction_height: `${slash.infractionHeight}`,
        power: `${slash.power}`,
        fraction: fractionToText(slash.fraction),
        burned: { denom: place.chain.bondDenom, amount: `${slash.burned}` },
        jailed: slash.jailed,
        tombstoned: slash.tombstoned
      })
    }
    total += 1
  }
  return { slashes, total: `${total}` }
}

function signingInfoJson(place: QueryPlace, operator: string): object | null {
  const info = place.state.get(SIGNING_INFOS, operator)
  if (info === null) return null
  const record = place.state.get(VALIDATORS, operator)
  return {
    ...namesOf(place, operator),
    start_height: `${info.startHeight}`,
    index_offset: `${info.indexOffset}`,
    missed_blocks_counter: `${info.missedCount}`,
    jailed: record?.jailed ?? false,
    jailed_until: timestampToRfc3339(info.jailedUntil),
    tombstoned: info.tombstoned,
    status: record?.status ?? 'removed',
    tokens: `${record?.tokens ?? 0n}`
  }
}

function namesOf({ state, addresses }: QueryPlace, operator: string) {
  const record = state.get(VALIDATORS, operator)
  const key = record === null ? null : addressOf(record.consensusKey)
  return {
    operator_address: addresses.ofOperator(operator),
    consensus_address: key === null ? '' : addresses.ofConsensusKey(key),
    address: key?.toUpperCase() ?? '',
    moniker: record?.description.moniker ?? ''
  }
}

function operatorNamed({ state, addresses }: QueryPlace, text: string): string | Refusal {
  const operator = addresses.operator(text)
  if (operator !== null) return operator
  const address = addresses.consensus(text) ?? (/^[0-9a-fA-F]{40}$/.test(text) ? text.toLowerCase() : null)
  if (address === null) return badArgument(`no such form of a validator: ${JSON.stringify(text)}`)
  return state.get(KEY_OWNERS, address)?.operator ?? notFound(`validator ${text}`)
}
