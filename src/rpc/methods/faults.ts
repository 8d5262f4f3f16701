import type { Height, Hex } from '../../types/index.ts'
import type { FaultKind, FaultQuery, FaultStatus } from '../fault-view.ts'
import {
  FAULT_KIND_NAMES,
  faultToJson,
  signingInfoToJson,
  slashingParamsToJson,
  slashToJson
} from '../json/faults.ts'
import { hexJson, int64Json } from '../json/json.ts'
import { clip } from '../params/scalars.ts'
import { callFailed } from '../rpc-error.ts'
import { defineMethod, Unchanging } from './method.ts'
import { pageOf, resolvePerPage } from './paging.ts'

const ADDRESS_BYTES = 20
const HASH_BYTES = 32
const STATUSES: readonly FaultStatus[] = ['pending', 'committed', 'expired']
const KINDS = Object.keys(FAULT_KIND_NAMES) as readonly FaultKind[]

const PAGE_PARAMS = { page: 'optionalInt64', per_page: 'optionalInt64', order_by: 'string' } as const
const RANGE_PARAMS = { from_height: 'optionalInt64', to_height: 'optionalInt64' } as const

/** One piece of evidence or one record of downtime. */
export const evidenceByHash = defineMethod({
  params: { hash: 'bytes' },
  async call({ view }, args) {
    if (args.hash.length !== HASH_BYTES) {
      throw callFailed(`hash must have ${HASH_BYTES} bytes, but has ${args.hash.length}`)
    }
    const hash = Buffer.from(args.hash).toString('hex')
    const fault = await view.faults.byHash(hash)
    if (fault === null) throw callFailed(`evidence (${hexJson(hash)}) not found`)
    const answer = faultToJson(fault)
    return fault.status === 'committed' ? new Unchanging(answer) : answer
  }
})

/** Evidence and downtime that match, by height of the offence, the newest first unless asked otherwise. */
export const evidenceSearch = defineMethod({
  params: { validator: 'hexBytes', kind: 'string', status: 'string', ...RANGE_PARAMS, ...PAGE_PARAMS },
  async call({ view }, args) {
    const query: FaultQuery = {
      ...validatorOf(args.validator),
      ...rangeOf(args),
      ...(args.kind !== '' && { kind: kindOf(args.kind) }),
      ...(args.status !== '' && { status: statusOf(args.status) })
    }
    const limit = resolvePerPage(args.per_page)
    const page = pageNumberOf(args.page)
    const newestFirst = isNewestFirst(args.order_by)
    const paging = { offset: (page - 1) * limit, limit, newestFirst }
    const { faults, total } = await view.faults.search(query, paging)
    const pages = Math.max(1, Math.ceil(total / limit))
    if (page > pages) throw callFailed(`page should be within [1, ${pages}] range, given ${page}`)
    return { evidence: faults.map(faultToJson), total_count: int64Json(total) }
  }
})

/** What blocks took from validators, the newest first unless asked otherwise. */
export const slashes = defineMethod({
  params: { validator: 'hexBytes', ...RANGE_PARAMS, ...PAGE_PARAMS },
  async call({ view }, args) {
    const newestFirst = isNewestFirst(args.order_by)
    const all = await view.faults.slashes({ ...validatorOf(args.validator), ...rangeOf(args) })
    const sorted = newestFirst ? [...all].reverse() : all
    const page = pageOf(sorted, args.page, resolvePerPage(args.per_page))
    return { slashes: page.map(slashToJson), total_count: int64Json(all.length) }
  }
})

export const signingInfo = defineMethod({
  params: { address: 'hexBytes' },
  async call({ view }, args) {
    const { validator: address } = validatorOf(args.address)
    if (address === undefined) throw callFailed('address must be given')
    const { source, infos } = await view.faults.signingInfos()
    const info = infos.find(one => one.address === address)
    if (info === undefined) throw callFailed(`no signing info of validator ${hexJson(address)}`)
    return { source, val_signing_info: signingInfoToJson(info) }
  }
})

export const signingInfos = defineMethod({
  params: { page: 'optionalInt64', per_page: 'optionalInt64' },
  async call({ view }, args) {
    const { source, infos } = await view.faults.signingInfos()
    const page = pageOf(infos, args.page, resolvePerPage(args.per_page))
    return { source, info: page.map(signingInfoToJson), total: int64Json(infos.length) }
  }
})

export const slashingParams = defineMethod({
  params: {},
  async call({ view }) {
    const params = await view.faults.slashingParams()
    return { source: params.source, params: slashingParamsToJson(params) }
  }
})

function validatorOf(bytes: Uint8Array): { readonly validator?: Hex } {
  if (bytes.length === 0) return {}
  if (bytes.length === ADDRESS_BYTES) return { validator: Buffer.from(bytes).toString('hex') }
  throw callFailed(`a validator's address has ${ADDRESS_BYTES} bytes, but got ${bytes.length}`)
}

function rangeOf(args: { readonly from_height: bigint | null; readonly to_height: bigint | null }): {
  readonly fromHeight?: Height
  readonly toHeight?: Height
} {
  const { from_height: from, to_height: to } = args
  for (const height of [from, to]) {
    if (height !== null && (height < 0n || height > BigInt(Number.MAX_SAFE_INTEGER))) {
      throw callFailed(`heights must be from 0 to ${Number.MAX_SAFE_INTEGER}, but got ${height}`)
    }
  }
  if (from !== null && to !== null && from > to) {
    throw callFailed(`from_height ${from} can't be greater than to_height ${to}`)
  }
  return { ...(from !== null && { fromHeight: Number(from) }), ...(to !== null && { toHeight: Number(to) }) }
}

function kindOf(name: string): FaultKind {
  const kind = KINDS.find(one => FAULT_KIND_NAMES[one] === name)
  if (kind !== undefined) return kind
  const names = Object.values(FAULT_KIND_NAMES).join(', ')
  throw callFailed(`expected kind to be one of ${names} or empty, but got "${clip(name)}"`)
}

function statusOf(name: string): FaultStatus {
  const status = STATUSES.find(one => one === name)
  if (status !== undefined) return status
  throw callFailed(`expected status to be one of ${STATUSES.join(', ')} or empty, but got "${clip(name)}"`)
}

function isNewestFirst(order: string): boolean {
  if (order !== '' && order !== 'asc' && order !== 'desc') {
    throw callFailed('expected order_by to be either `asc` or `desc` or empty')
  }
  return order !== 'asc'
}

/** The most entries a search walks over before its page: what is older is found by height. */
const MAX_PAGE = 1_000n

function pageNumberOf(asked: bigint | null): number {
  if (asked === null) return 1
  if (asked >= 1n && asked <= MAX_PAGE) return Number(asked)
  throw callFailed(`page should be within [1, ${MAX_PAGE}] range, given ${asked}`)
}
