import { Option } from 'commander'
import { UsageError } from './cli-error.ts'
import { wholeNumber } from './numbers.ts'
import { toPlainText } from './output.ts'
import { appQueryToText, netToText, unconfirmedToText } from './text/app-text.ts'
import {
  blockSearchToText,
  blockToText,
  txSearchToText,
  txToText,
  validatorsToText
} from './text/block-text.ts'

export interface QueryOptions {
  readonly path?: string
  readonly height?: number
  readonly prove?: boolean
  readonly hex?: boolean
  readonly page?: number
  readonly perPage?: number
  readonly orderBy?: string
  readonly limit?: number
}

type Args = readonly (string | readonly string[] | undefined)[]

/** One `pnyx query` command: which call it makes, and how its answer reads. */
export interface Query {
  readonly name: string
  readonly description: string
  /** Name, in commander's brackets, and explanation of each argument. */
  readonly args: readonly (readonly [string, string])[]
  readonly options?: () => readonly Option[]
  readonly example: string
  readonly request: (
    args: Args,
    options: QueryOptions
  ) => { readonly method: string; readonly params: Readonly<Record<string, unknown>> }
  readonly toText: (answer: unknown) => string
}

const HEIGHT = ['[height]', 'the height (default: the latest)'] as const
const HEX_HASH = /^(?:0x)?([0-9a-fA-F]{64})$/

const paging = () => [
  new Option('--page <number>', 'which page').argParser(wholeNumber(1, 1e9)),
  new Option('--per-page <number>', 'how many a page').argParser(wholeNumber(1, 100)),
  new Option('--order-by <order>', 'by height').choices(['asc', 'desc'])
]

function atHeight(method: string): Query['request'] {
  return ([height]) => ({ method, params: { height: heightParam(height) } })
}

function heightParam(text: Args[number]): string | undefined {
  if (text === undefined) return undefined
  if (typeof text === 'string' && /^[1-9]\d{0,15}$/.test(text)) return text
  throw new UsageError(`"${text}" is no height: heights are 1, 2, 3, ...`)
}

/** JSON-RPC takes bytes as base64. */
function hashParam(text: string): string {
  const match = HEX_HASH.exec(text)
  if (match === null) throw new UsageError(`"${text}" is no hash: expected 64 hex digits`)
  return Buffer.from(match[1]!, 'hex').toString('base64')
}

function blockRequest([which]: Args): ReturnType<Query['request']> {
  if (typeof which === 'string' && HEX_HASH.test(which)) {
    return { method: 'block_by_hash', params: { hash: hashParam(which) } }
  }
  return { method: 'block', params: { height: heightParam(which) } }
}

function search(method: string): Query['request'] {
  return ([query], { page, perPage, orderBy }) => ({
    method,
    params: {
      query,
      page: page === undefined ? undefined : String(page),
      per_page: perPage === undefined ? undefined : String(perPage),
      order_by: orderBy
    }
  })
}

function appRequest([key]: Args, { path, height, prove, hex }: QueryOptions): ReturnType<Query['request']> {
  const text = String(key ?? '')
  if (hex && !/^(?:0x)?(?:[0-9a-fA-F]{2})*$/.test(text)) throw new UsageError(`"${text}" is no hex`)
  const data = hex ? text.replace(/^0x/, '').toLowerCase() : Buffer.from(text, 'utf8').toString('hex')
  const params = { path: path ?? '', data, height: height === undefined ? undefined : String(height), prove }
  return { method: 'abci_query', params }
}

/** `name=value` pairs; a value that is JSON is sent as such, anything else as a string. */
function rawRequest([method, pairs]: Args): ReturnType<Query['request']> {
  const params: Record<string, unknown> = {}
  for (const pair of (pairs as readonly string[] | undefined) ?? []) {
    const equals = pair.indexOf('=')
    if (equals < 1) throw new UsageError(`"${pair}" is not of the form name=value`)
    params[pair.slice(0, equals)] = jsonOrText(pair.slice(equals + 1))
  }
  return { method: String(method), params }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export const QUERIES: readonly Query[] = [
  {
    name: 'block',
    description: 'print a block',
    args: [['[height|hash]', 'its height or its hash (default: the latest)']],
    example: 'block 10',
    request: blockRequest,
    toText: blockToText
  },
  {
    name: 'block-results',
    description: 'print what the application answered to a block',
    args: [HEIGHT],
    example: 'block-results 10',
    request: atHeight('block_results'),
    toText: toPlainText
  },
  {
    name: 'commit',
    description: 'print the signatures under a block',
    args: [HEIGHT],
    example: 'commit 10',
    request: atHeight('commit'),
    toText: toPlainText
  },
  {
    name: 'validators',
    description: 'print the validators of a height',
    args: [HEIGHT],
    options: () => paging().slice(0, 2),
    example: 'validators',
    request: ([height], { page, perPage }) => ({
      method: 'validators',
      params: { height: heightParam(height), page: String(page ?? 1), per_page: String(perPage ?? 100) }
    }),
    toText: validatorsToText
  },
  {
    name: 'params',
    description: 'print the consensus parameters of a height',
    args: [HEIGHT],
    example: 'params',
    request: atHeight('consensus_params'),
    toText: toPlainText
  },
  {
    name: 'tx',
    description: 'print a transaction and its result',
    args: [['<hash>', 'its hash']],
    options: () => [new Option('--prove', 'with the proof that its block has it')],
    example: 'tx 9F28904F9C0F3AB74A81CBA48E39124DA1C680B47FBFCBA0126870DB722BCC30',
    request: ([hash], { prove }) => ({ method: 'tx', params: { hash: hashParam(String(hash)), prove } }),
    toText: txToText
  },
  {
    name: 'txs',
    description: 'find transactions by event',
    args: [['<query>', "conditions, as in tx.height > 5 AND app.key = 'name'"]],
    options: paging,
    example: '"tx.height > 5"',
    request: search('tx_search'),
    toText: txSearchToText
  },
  {
    name: 'blocks',
    description: 'find blocks by event',
    args: [['<query>', 'conditions, as in block.height > 5']],
    options: paging,
    example: '"block.height > 5"',
    request: search('block_search'),
    toText: blockSearchToText
  },
  {
    name: 'app',
    description: "ask the application for a key's value",
    args: [['[key]', 'the key, or whatever the application takes as data']],
    options: () => [
      new Option('--path <path>', 'what kind of question, where the application knows several'),
      new Option('--height <height>', 'as of this height').argParser(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
      new Option('--prove', 'with a proof'),
      new Option('--hex', 'the key is written in hex')
    ],
    example: 'app name',
    request: appRequest,
    toText: appQueryToText
  },
  {
    name: 'app-info',
    description: 'print what the application says of itself',
    args: [],
    example: 'app-info',
    request: () => ({ method: 'abci_info', params: {} }),
    toText: toPlainText
  },
  {
    name: 'net',
    description: 'print the peers',
    args: [],
    example: 'net',
    request: () => ({ method: 'net_info', params: {} }),
    toText: netToText
  },
  {
    name: 'consensus',
    description: 'print the votes of the height that is being decided',
    args: [],
    example: 'consensus',
    request: () => ({ method: 'consensus_state', params: {} }),
    toText: toPlainText
  },
  {
    name: 'mempool',
    description: 'print the transactions that wait',
    args: [],
    options: () => [new Option('--limit <number>', 'how many').argParser(wholeNumber(1, 100))],
    example: 'mempool',
    request: (_args, { limit }) => ({
      method: 'unconfirmed_txs',
      params: { limit: limit === undefined ? undefined : String(limit) }
    }),
    toText: unconfirmedToText
  },
  {
    name: 'genesis',
    description: 'print the genesis file the node started from',
    args: [],
    example: 'genesis --output json',
    request: () => ({ method: 'genesis', params: {} }),
    toText: toPlainText
  },
  {
    name: 'rpc',
    description: 'make any RPC call',
    args: [
      ['<method>', 'its name'],
      ['[params...]', 'name=value each']
    ],
    example: 'rpc blockchain minHeight=\'"1"\' maxHeight=\'"5"\'',
    request: rawRequest,
    toText: toPlainText
  }
]
