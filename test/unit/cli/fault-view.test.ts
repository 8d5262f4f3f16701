import {
  QueryParamsResponse,
  QuerySigningInfosRequest,
  QuerySigningInfosResponse
} from 'cosmjs-types/cosmos/slashing/v1beta1/query'
import { describe, expect, it } from 'vitest'
import type { AppEvent, QueryRequest, QueryResponse } from '../../../src/app/index.ts'
import { appSigningInfos, appSlashingParams } from '../../../src/cli/node-view/app-slashing.ts'
import { findSlashes } from '../../../src/cli/node-view/slashes.ts'
import { encodeBech32 } from '../../../src/crypto/index.ts'
import type { FaultRecord } from '../../../src/evidence/index.ts'
import type { EventIndex } from '../../../src/rpc/index.ts'
import { makeValidatorSet } from '../../../src/types/index.ts'
import type { Node } from '../../../src/validator/index.ts'
import { testKey } from '../rpc/support/synthetic-chain.ts'

const NO_BYTES = new Uint8Array(0)
const [offender, honest] = [testKey(0), testKey(1)]
const cons = encodeBech32('pnyxvalcons', Buffer.from(offender.address, 'hex'))

const event = (type: string, attributes: Record<string, string>): AppEvent => ({
  type,
  attributes: Object.entries(attributes).map(([key, value]) => ({ key, value, index: true }))
})

interface World {
  /** Events of blocks. */
  readonly events?: Readonly<Record<number, readonly AppEvent[]>>
  /** The offender's power from a height on. */
  readonly powers: readonly (readonly [from: number, power: bigint])[]
  readonly committed?: readonly Partial<FaultRecord>[]
  readonly height?: number
}

function nodeOf({ events = {}, powers, committed = [], height = 20 }: World) {
  const powerAt = (at: number) => powers.findLast(([from]) => from <= at)?.[1] ?? 0n
  return {
    blockStore: { base: 1, height },
    stateStore: {
      loadResults: (at: number) => ({ events: events[at] ?? [] }),
      loadValidators: (at: number) =>
        makeValidatorSet([
          { publicKey: honest.publicKey, power: 10n },
          ...(powerAt(at) > 0n ? [{ publicKey: offender.publicKey, power: powerAt(at) }] : [])
        ])
    },
    faults: { search: async () => ({ records: committed, total: committed.length }) }
  } as unknown as Pick<Node, 'stateStore' | 'blockStore' | 'faults'>
}

function indexOf(heights: readonly number[]): EventIndex {
  return {
    async *blockEntries(key: string, range: { minHeight: number; maxHeight: number }) {
      expect(key).toBe('slash.reason')
      for (const height of heights) {
        if (height >= range.minHeight && height <= range.maxHeight) yield { height }
      }
    }
  } as unknown as EventIndex
}

const fault: Partial<FaultRecord> = {
  kind: 'duplicateVote',
  validators: [offender.address],
  committedHeight: 7
}
const SLASH = event('slash', {
  address: cons,
  validator: 'pnyxvaloper1',
  power: '10',
  reason: 'double_sign',
  fraction: '0.050000000000000000',
  burned_coins: '500000upnyx'
})

describe('slashes', () => {
  it('are what the application says of them, with the powers around them', async () => {
    const events = { 7: [SLASH, event('jail', { address: cons }), event('tombstone', { address: cons })] }
    const node = nodeOf({
      events,
      powers: [
        [1, 10n],
        [9, 0n]
      ],
      committed: [fault]
    })
    expect(await findSlashes(node, null, {})).toEqual([
      {
        height: 7,
        validator: offender.address,
        reason: 'double_sign',
        power: 10n,
        fraction: '0.050000000000000000',
        burned: 500000n,
        jailed: true,
        tombstoned: true,
        powerBefore: 10n,
        powerAfter: 0n
      }
    ])
  })

  it('without evidence in a block are found by the index', async () => {
    const node = nodeOf({ events: { 5: [SLASH], 12: [SLASH] }, powers: [[1, 10n]] })
    const heights = async (query: object) =>
      (await findSlashes(node, indexOf([5, 12]), query)).map(({ height }) => height)
    expect(await heights({})).toEqual([5, 12])
    expect(await heights({ fromHeight: 6 })).toEqual([12])
    expect(await heights({ toHeight: 11 })).toEqual([5])
    expect(await heights({ validator: honest.address })).toEqual([])
  })

  it('are found without an index in the newest blocks of the range', async () => {
    const node = nodeOf({
      events: { 5: [SLASH], 900: [SLASH], 1500: [SLASH] },
      powers: [[1, 10n]],
      height: 1600
    })
    const heights = async (query: object) =>
      (await findSlashes(node, null, query)).map(({ height }) => height)
    expect(await heights({})).toEqual([900, 1500])
    expect(await heights({ toHeight: 1499 })).toEqual([900])
    expect(await heights({ toHeight: 1000 })).toEqual([5, 900])
    expect(await heights({ fromHeight: 901, toHeight: 5000 })).toEqual([1500])
  })

  it('of an application without stake are the power that went with evidence', async () => {
    const node = nodeOf({
      powers: [
        [1, 10n],
        [9, 9n]
      ],
      committed: [fault]
    })
    expect(await findSlashes(node, null, {})).toMatchObject([
      { height: 7, reason: 'double_sign', burned: null, jailed: false, powerBefore: 10n, powerAfter: 9n }
    ])
    expect(await findSlashes(nodeOf({ powers: [[1, 10n]], committed: [fault] }), null, {})).toEqual([])
  })

  it('show no power that is not known yet, and nobody for an event without an address', async () => {
    const late = nodeOf({ events: { 20: [SLASH] }, powers: [[1, 10n]] })
    expect(await findSlashes(late, indexOf([20]), {})).toMatchObject([{ powerBefore: 10n, powerAfter: null }])
    const nobody = nodeOf({ events: { 5: [event('slash', { reason: 'x' })] }, powers: [[1, 10n]] })
    expect(await findSlashes(nobody, indexOf([5]), {})).toEqual([])
  })
})

/** An application that answers these paths and refuses all others. */
function appOf(answers: Readonly<Record<string, (data: Uint8Array) => Uint8Array>>) {
  return {
    query: async ({ path, data }: QueryRequest): Promise<QueryResponse> => {
      const answer = answers[path]
      const value = answer === undefined ? NO_BYTES : answer(data)
      const code = answer === undefined ? 6 : 0
      return {
        code,
        log: '',
        info: '',
        index: 0n,
        key: NO_BYTES,
        value,
        proofOps: null,
        height: 1,
        codespace: ''
      }
    }
  }
}

const INFOS = '/cosmos.slashing.v1beta1.Query/SigningInfos'
const OWN_PARAMS = '/pnyx/slashing/params'
const PARAMS = '/cosmos.slashing.v1beta1.Query/Params'

describe('what an application that slashes says', () => {
  it('is asked by the queries of Cosmos SDK', async () => {
    const decimal = (text: string) => Buffer.from(text)
    const params = {
      signedBlocksWindow: 100n,
      minSignedPerWindow: decimal('500000000000000000'),
      downtimeJailDuration: { seconds: 600n, nanos: 5 },
      slashFractionDoubleSign: decimal('50000000000000000'),
      slashFractionDowntime: decimal('1000000000000000000')
    }
    const app = appOf({ [PARAMS]: () => QueryParamsResponse.encode({ params }).finish() })
    const expected = {
      source: 'app',
      signedBlocksWindow: 100n,
      minSignedPerWindow: '0.500000000000000000',
      downtimeJailDuration: 600_000_000_005n,
      slashFractionDoubleSign: '0.050000000000000000',
      slashFractionDowntime: '1.000000000000000000',
      correlationWindowBlocks: null
    }
    expect(await appSlashingParams(app)).toEqual(expected)
    expect(await appSigningInfos(app)).toBeNull()
    const own = (correlation: unknown) =>
      appOf({
        [PARAMS]: () => QueryParamsResponse.encode({ params }).finish(),
        [OWN_PARAMS]: () => Buffer.from(JSON.stringify({ correlation, correlation_window_blocks: '7' }))
      })
    expect(await appSlashingParams(own(true))).toEqual({ ...expected, correlationWindowBlocks: 7n })
    for (const other of [false, 'yes', null]) expect(await appSlashingParams(own(other))).toEqual(expected)
  })

  it('comes page by page', async () => {
    const info = (address: string, seconds: bigint) => ({
      address,
      startHeight: 3n,
      indexOffset: 4n,
      jailedUntil: { seconds, nanos: 0 },
      tombstoned: seconds > 0n,
      missedBlocksCounter: 2n
    })
    const pages = [info(cons, 0n), info('no address', 0n), info(honest.address, 253402300799n)]
    const app = appOf({
      [INFOS]: data => {
        const { pagination } = QuerySigningInfosRequest.decode(data)
        const at = pagination!.key[0] ?? 0
        const nextKey = at + 1 < pages.length ? Uint8Array.of(at + 1) : NO_BYTES
        const answer = { info: [pages[at]!], pagination: { nextKey, total: 0n } }
        return QuerySigningInfosResponse.encode(answer).finish()
      }
    })
    expect(await appSigningInfos(app)).toEqual([
      {
        address: offender.address,
        startHeight: 3,
        indexOffset: 4n,
        missedBlocks: 2n,
        jailedUntil: null,
        tombstoned: false
      },
      expect.objectContaining({
        address: honest.address,
        tombstoned: true,
        jailedUntil: { seconds: 253402300799, nanos: 0 }
      })
    ])
  })

  it('is nothing where the application answers anything to everything', async () => {
    const noise = appOf({
      [PARAMS]: () => Buffer.from('name=satoshi'),
      [INFOS]: () => Buffer.from('\u00ff\u00ff')
    })
    expect(await appSlashingParams(noise)).toBeNull()
    expect(await appSigningInfos(noise)).toBeNull()
    const silent = appOf({ [PARAMS]: () => NO_BYTES, [INFOS]: () => NO_BYTES })
    expect(await appSlashingParams(silent)).toBeNull()
    expect(await appSigningInfos(silent)).toBeNull()
  })
})
