import {
  QueryParamsResponse,
  QuerySigningInfosRequest,
  QuerySigningInfosResponse
} from 'cosmjs-types/cosmos/slashing/v1beta1/query'
import type { ValidatorSigningInfo } from 'cosmjs-types/cosmos/slashing/v1beta1/slashing'
import * as z from 'zod'
import type { Application } from '../../app/index.ts'
import type { SigningInfo, SlashingParams } from '../../rpc/index.ts'
import { readAddress } from './slashes.ts'

const PARAMS_PATH = '/cosmos.slashing.v1beta1.Query/Params'
/** Of our own staking application: what Cosmos SDK's params have no fields for. */
const OWN_PARAMS_PATH = '/pnyx/slashing/params'
const INFOS_PATH = '/cosmos.slashing.v1beta1.Query/SigningInfos'
const PER_PAGE = 1_000n
const MAX_PAGES = 20
const DECIMALS = 18
const NANOS_PER_SECOND = 1_000_000_000n
const NO_BYTES = new Uint8Array(0)

/** The slashing params of an application that speaks Cosmos SDK's queries; null of any other. */
export async function appSlashingParams(app: Pick<Application, 'query'>): Promise<SlashingParams | null> {
  const value = await ask(app, PARAMS_PATH, NO_BYTES)
  const params = value && read(() => QueryParamsResponse.decode(value))?.params
  if (!params) return null
  const { seconds, nanos } = params.downtimeJailDuration
  return {
    source: 'app',
    signedBlocksWindow: params.signedBlocksWindow,
    minSignedPerWindow: decimalText(params.minSignedPerWindow),
    downtimeJailDuration: seconds * NANOS_PER_SECOND + BigInt(nanos),
    slashFractionDoubleSign: decimalText(params.slashFractionDoubleSign),
    slashFractionDowntime: decimalText(params.slashFractionDowntime),
    correlationWindowBlocks: await correlationWindow(app)
  }
}

const ownParamsSchema = z.looseObject({
  correlation: z.boolean(),
  correlation_window_blocks: z.string().regex(/^\d{1,16}$/)
})

/** Null also of an application that knows of no correlation. */
async function correlationWindow(app: Pick<Application, 'query'>): Promise<bigint | null> {
  const value = await ask(app, OWN_PARAMS_PATH, NO_BYTES)
  const params = value && read(() => ownParamsSchema.parse(JSON.parse(Buffer.from(value).toString())))
  return params?.correlation ? BigInt(params.correlation_window_blocks) : null
}

/** What such an application knows of everybody's signing; null of any other. */
export async function appSigningInfos(
  app: Pick<Application, 'query'>
): Promise<readonly SigningInfo[] | null> {
  const found: SigningInfo[] = []
  let key: Uint8Array = NO_BYTES
  for (let page = 0; page < MAX_PAGES; page++) {
    const pagination = { key, offset: 0n, limit: PER_PAGE, countTotal: false, reverse: false }
    const value = await ask(app, INFOS_PATH, QuerySigningInfosRequest.encode({ pagination }).finish())
    const answer = value && read(() => QuerySigningInfosResponse.decode(value))
    if (!answer) return null
    found.push(...answer.info.flatMap(one => readInfo(one) ?? []))
    key = answer.pagination?.nextKey ?? NO_BYTES
    if (key.length === 0) break
  }
  return found
}

/** Null when the application has no such query. */
async function ask(
  app: Pick<Application, 'query'>,
  path: string,
  data: Uint8Array
): Promise<Uint8Array | null> {
  const { code, value } = await app.query({ path, data, height: 0, prove: false })
  return code === 0 && value.length > 0 ? value : null
}

/** An application without these queries may answer anything. */
function read<T>(decode: () => T): T | null {
  try {
    return decode()
  } catch {
    return null
  }
}

function readInfo(info: ValidatorSigningInfo): SigningInfo | null {
  const address = readAddress(info.address)
  if (address === null) return null
  const { seconds, nanos } = info.jailedUntil
  return {
    address,
    startHeight: Number(info.startHeight),
    indexOffset: info.indexOffset,
    missedBlocks: info.missedBlocksCounter,
    jailedUntil: seconds <= 0n ? null : { seconds: Number(seconds), nanos },
    tombstoned: info.tombstoned
  }
}

/** Cosmos SDK's decimals travel as the digits of the number times 10^18. */
export function decimalText(bytes: Uint8Array): string {
  const digits = Buffer.from(bytes).toString('latin1')
  if (!/^\d{1,60}$/.test(digits)) return digits
  const padded = digits.padStart(DECIMALS + 1, '0')
  return `${padded.slice(0, -DECIMALS)}.${padded.slice(-DECIMALS)}`
}
