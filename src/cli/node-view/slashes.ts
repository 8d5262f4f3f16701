import { setImmediate } from 'node:timers/promises'
import type { AppEvent } from '../../app/index.ts'
import { decodeBech32 } from '../../crypto/index.ts'
import type { FaultRecord } from '../../evidence/index.ts'
import type { EventIndex, SlashEntry, SlashQuery } from '../../rpc/index.ts'
import type { Height, Hex, Power } from '../../types/index.ts'
import type { Node } from '../../validator/index.ts'

/** Blocks looked into for one question, the newest; older ones are found by a range of heights. */
const MAX_BLOCKS = 1_000
/** Results read before other work gets its turn. */
const SCANNED_A_TURN = 20
/** A validator update of one block counts from the second block after it. */
const UPDATE_DELAY = 2

/** The words of the staking application, so that clients look for the same ones everywhere. */
const REASONS: Readonly<Record<FaultRecord['kind'], string>> = {
  duplicateVote: 'double_sign',
  duplicateProposal: 'double_proposal',
  lightClientAttack: 'light_client_attack',
  downtime: 'missing_signature'
}

type SlashSource = Pick<Node, 'stateStore' | 'blockStore' | 'faults'>

/**
 * What blocks took from validators, lowest block first: the application's `slash` events, and for an application that
 * has none the power that went with evidence.
 */
export async function findSlashes(
  node: SlashSource,
  index: EventIndex | null,
  query: SlashQuery
): Promise<readonly SlashEntry[]> {
  const { fromHeight = 1, toHeight = node.blockStore.height } = query
  const faults = await faultsByBlock(node, fromHeight, toHeight)
  const slashing =
    index === null
      ? await scannedHeights(node, fromHeight, toHeight)
      : await indexedHeights(index, fromHeight, toHeight)
  const heights = new Set([...faults.keys(), ...slashing])
  const newest = [...heights].sort((a, b) => a - b).slice(-MAX_BLOCKS)
  const found = newest.flatMap(height => slashesOfBlock(node, height, faults.get(height) ?? []))
  return query.validator === undefined ? found : found.filter(one => one.validator === query.validator)
}

async function indexedHeights(index: EventIndex, from: Height, to: Height): Promise<readonly Height[]> {
  const heights: Height[] = []
  for await (const { height } of index.blockEntries('slash.reason', { minHeight: from, maxHeight: to })) {
    heights.push(height)
  }
  return heights
}

/** Without an index the results of the newest blocks are looked through, a few in each turn of the event loop. */
async function scannedHeights(
  { stateStore, blockStore }: SlashSource,
  from: Height,
  to: Height
): Promise<readonly Height[]> {
  const heights: Height[] = []
  const last = Math.min(to, blockStore.height)
  const first = Math.max(from, blockStore.base, last - MAX_BLOCKS + 1)
  for (let height = first; height <= last; height++) {
    const { events = [] } = stateStore.loadResults(height) ?? {}
    if (events.some(({ type }) => type === 'slash')) heights.push(height)
    if (height % SCANNED_A_TURN === 0) await setImmediate()
  }
  return heights
}

/** Committed offences by the block that carries them. */
async function faultsByBlock(
  { faults }: SlashSource,
  from: Height,
  to: Height
): Promise<Map<Height, FaultRecord[]>> {
  const page = { offset: 0, limit: MAX_BLOCKS, newestFirst: true }
  const { records } = await faults.search({ status: 'committed', toHeight: to }, page)
  const byBlock = new Map<Height, FaultRecord[]>()
  for (const record of records) {
    const { committedHeight: height } = record
    if (height < from || height > to) continue
    byBlock.set(height, [...(byBlock.get(height) ?? []), record])
  }
  return byBlock
}

function slashesOfBlock(
  node: SlashSource,
  height: Height,
  faults: readonly FaultRecord[]
): readonly SlashEntry[] {
  const events = node.stateStore.loadResults(height)?.events ?? []
  const slashes = events.filter(({ type }) => type === 'slash').flatMap(event => readSlash(event) ?? [])
  if (slashes.length > 0) {
    return slashes.map(slash => ({
      height,
      ...slash,
      jailed: slash.jailed || tells(events, 'jail', slash.validator),
      tombstoned: tells(events, 'tombstone', slash.validator),
      ...powersAround(node, height, slash.validator)
    }))
  }
  return faults.flatMap(({ kind, validators }) =>
    validators.flatMap(validator => {
      const powers = powersAround(node, height, validator)
      const { powerBefore, powerAfter } = powers
      const isLower = powerBefore !== null && powerAfter !== null && powerAfter < powerBefore
      if (!isLower) return []
      const unsaid = { power: null, fraction: null, burned: null, jailed: false, tombstoned: false }
      return [{ height, validator, reason: REASONS[kind], ...unsaid, ...powers }]
    })
  )
}

type SaidSlash = Pick<SlashEntry, 'validator' | 'reason' | 'power' | 'fraction' | 'burned' | 'jailed'>

/** Reads a `slash` event by Cosmos SDK's names; null when it names nobody by the address of a consensus key. */
function readSlash({ attributes }: AppEvent): SaidSlash | null {
  const value = (...names: string[]) => attributes.find(({ key }) => names.includes(key))?.value ?? null
  const validator = readAddress(value('address'))
  if (validator === null) return null
  return {
    validator,
    reason: value('reason') ?? 'unknown',
    power: readInteger(value('power')),
    fraction: value('fraction'),
    burned: readInteger(value('burned_coins', 'burned')?.replace(/[a-zA-Z/].*$/, '') ?? null),
    jailed: value('jailed') !== null
  }
}

function tells(events: readonly AppEvent[], type: string, validator: Hex): boolean {
  return events.some(
    event =>
      event.type === type &&
      event.attributes.some(({ key, value }) => key === 'address' && readAddress(value) === validator)
  )
}

/** An address in hex or bech32. */
export function readAddress(text: string | null): Hex | null {
  if (text === null) return null
  if (/^[0-9a-fA-F]{40}$/.test(text)) return text.toLowerCase()
  const decoded = decodeBech32(text)
  return decoded === null ? null : Buffer.from(decoded.bytes).toString('hex')
}

function readInteger(text: string | null): bigint | null {
  return text !== null && /^\d{1,78}$/.test(text) ? BigInt(text) : null
}

/** The power in the set that was to sign the block, and in the first set the block could change. */
function powersAround(
  { stateStore, blockStore }: SlashSource,
  height: Height,
  validator: Hex
): { readonly powerBefore: Power | null; readonly powerAfter: Power | null } {
  const powerAt = (at: Height): Power | null => {
    if (at > blockStore.height + 1) return null
    const set = stateStore.loadValidators(at)
    if (set === null) return null
    const index = set.indexByAddress.get(validator)
    return index === undefined ? 0n : set.validators[index]!.power
  }
  return { powerBefore: powerAt(height), powerAfter: powerAt(height + UPDATE_DELAY) }
}
