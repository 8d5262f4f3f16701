import { Option } from 'commander'
import { UsageError } from './cli-error.ts'
import { wholeNumber } from './numbers.ts'
import type { Query } from './queries.ts'
import {
  evidenceAnswerToText,
  signingInfosToText,
  slashesToText,
  slashingParamsToText
} from './text/fault-text.ts'

interface FaultOptions {
  readonly validator?: string
  readonly kind?: string
  readonly status?: string
  readonly from?: number
  readonly to?: number
  readonly page?: number
  readonly perPage?: number
  readonly orderBy?: string
}

const KINDS = ['duplicate_vote', 'duplicate_proposal', 'light_client_attack', 'downtime']
const STATUSES = ['pending', 'committed', 'expired']
const MAX_HEIGHT = Number.MAX_SAFE_INTEGER

const ofValidator = () => new Option('--validator <address>', 'of this validator')
const range = () => [
  new Option('--from <height>', 'from this height on').argParser(wholeNumber(0, MAX_HEIGHT)),
  new Option('--to <height>', 'up to this height').argParser(wholeNumber(0, MAX_HEIGHT))
]
const pages = () => [
  new Option('--page <number>', 'which page').argParser(wholeNumber(1, 1_000)),
  new Option('--per-page <number>', 'how many a page').argParser(wholeNumber(1, 100))
]
const order = () => new Option('--order-by <order>', 'by height').choices(['asc', 'desc'])

function addressParam(text: string | undefined): string | undefined {
  if (text === undefined || /^[0-9a-fA-F]{40}$/.test(text)) return text
  throw new UsageError(`"${text}" is no address of a validator: expected 40 hex digits`)
}

function hashParam(text: string): string {
  const match = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(text)
  if (match === null) throw new UsageError(`"${text}" is no hash: expected 64 hex digits`)
  return Buffer.from(match[1]!, 'hex').toString('base64')
}

function numberParam(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}

function searchParams({ validator, from, to, page, perPage, orderBy }: FaultOptions) {
  return {
    validator: addressParam(validator),
    from_height: numberParam(from),
    to_height: numberParam(to),
    page: numberParam(page),
    per_page: numberParam(perPage),
    order_by: orderBy
  }
}

const evidenceRequest: Query['request'] = ([hash], given) => {
  const options = given as FaultOptions
  const { kind, status } = options
  const filter = { ...searchParams(options), kind, status }
  if (hash === undefined) return { method: 'evidence_search', params: filter }
  const extra = Object.values(filter).some(value => value !== undefined)
  if (extra) throw new UsageError('a hash names one piece of evidence: the other options do not go with it')
  return { method: 'evidence', params: { hash: hashParam(String(hash)) } }
}

/** The `pnyx query` commands about misbehaviour. */
export const FAULT_QUERIES: readonly Query[] = [
  {
    name: 'evidence',
    description: 'print evidence of misbehaviour and records of downtime',
    args: [['[hash]', 'its hash (default: all that match, the newest first)']],
    options: () => [
      ofValidator(),
      new Option('--kind <kind>', 'of this kind').choices(KINDS),
      new Option('--status <status>', 'what became of it').choices(STATUSES),
      ...range(),
      ...pages(),
      order()
    ],
    example: 'evidence --kind duplicate_vote --status committed',
    request: evidenceRequest,
    toText: evidenceAnswerToText
  },
  {
    name: 'slashes',
    description: 'print what blocks took from validators',
    args: [],
    options: () => [ofValidator(), ...range(), ...pages(), order()],
    example: 'slashes',
    request: (_args, options) => ({ method: 'slashes', params: searchParams(options as FaultOptions) }),
    toText: slashesToText
  },
  {
    name: 'signing-info',
    description: 'print how many blocks validators have missed',
    args: [['[address]', 'of this validator (default: all)']],
    options: pages,
    example: 'signing-info',
    request: ([address], options) => {
      if (address !== undefined)
        return { method: 'signing_info', params: { address: addressParam(String(address)) } }
      const { page, per_page } = searchParams(options as FaultOptions)
      return { method: 'signing_infos', params: { page, per_page } }
    },
    toText: signingInfosToText
  },
  {
    name: 'slashing-params',
    description: 'print what misbehaviour costs',
    args: [],
    example: 'slashing-params',
    request: () => ({ method: 'slashing_params', params: {} }),
    toText: slashingParamsToText
  }
]
