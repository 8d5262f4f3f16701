import type { AppEvent, ExecTxResult } from '../../app/index.ts'
import { txHash } from '../../types/index.ts'
import { compactEventToJson, compactTxResultToJson, finalizeBlockToJson } from '../json/abci.ts'
import { blockToJson } from '../json/block.ts'
import { evidenceToJson } from '../json/evidence.ts'
import { blockIdToJson, headerToJson } from '../json/header.ts'
import { base64Json, hexJson, int64Json, type JsonObject, listOrNull } from '../json/json.ts'
import { stepText } from '../json/round-state.ts'
import { validatorToJson } from '../json/validators.ts'
import { voteToJson } from '../json/vote.ts'
import type { NodeEvent } from '../node-view.ts'

/** The attributes of an event by `type.attribute`, each with all its values; what queries are matched against. */
export type EventTags = ReadonlyMap<string, readonly string[]>

/** An event as a websocket client sees it. */
export class ClientEvent {
  /** Value of `tm.event`. */
  readonly name: string
  readonly #tags: () => EventTags
  readonly #data: () => JsonObject
  #tagsMade: EventTags | null = null
  #text: string | null = null
  #bytes: Buffer | null = null

  constructor(name: string, type: string, value: () => JsonObject, tags?: () => Map<string, string[]>) {
    this.name = name
    this.#data = () => ({ type: `tendermint/event/${type}`, value: value() })
    this.#tags = () => withTag(tags?.() ?? new Map(), 'tm.event', name)
  }

  /** Made when the first query that needs them asks. */
  get tags(): EventTags {
    this.#tagsMade ??= this.#tags()
    return this.#tagsMade
  }

  /** `"data":...,"events":...`, written once for all the clients that get it. */
  get text(): string {
    this.#text ??= `"data":${JSON.stringify(this.#data())},"events":${JSON.stringify(Object.fromEntries(this.tags))}`
    return this.#text
  }

  /** {@link text} as bytes, shared by all who get it. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(this.text)
    return this.#bytes
  }
}

type BlockApplied = Extract<NodeEvent, { kind: 'blockApplied' }>

/** What clients see of an event of the node, in CometBFT's order (state/execution.go fireEvents). */
export function clientEventsOf(event: NodeEvent): readonly ClientEvent[] {
  switch (event.kind) {
    case 'blockApplied':
      return blockEvents(event)
    case 'newRound':
      return [
        new ClientEvent('NewRound', 'NewRound', () => ({
          ...positionToJson(event),
          proposer: { address: hexJson(event.proposer.address), index: event.proposer.index }
        }))
      ]
    case 'completeProposal':
      return [
        new ClientEvent('CompleteProposal', 'CompleteProposal', () => ({
          ...positionToJson(event),
          block_id: blockIdToJson(event.blockId)
        }))
      ]
    case 'roundState':
      return [new ClientEvent(event.name, 'RoundState', () => positionToJson(event))]
    case 'vote':
      return [new ClientEvent('Vote', 'Vote', () => ({ Vote: voteToJson(event.vote) }))]
  }
}

function positionToJson(event: Exclude<NodeEvent, BlockApplied | { kind: 'vote' }>): JsonObject {
  return { height: int64Json(event.height), round: event.round, step: stepText(event.step) }
}

function blockEvents(event: BlockApplied): ClientEvent[] {
  const { block, blockId, results } = event
  const height = int64Json(block.header.height)
  const blockTags = () => tagsOf(results.events)
  const newBlock = () => ({
    block: blockToJson(block),
    block_id: blockIdToJson(blockId),
    result_finalize_block: finalizeBlockToJson(results)
  })
  const newBlockEvents = () => ({
    height,
    events: listOrNull(results.events, compactEventToJson),
    num_txs: int64Json(block.txs.length)
  })
  return [
    new ClientEvent('NewBlock', 'NewBlock', newBlock, blockTags),
    new ClientEvent('NewBlockHeader', 'NewBlockHeader', () => ({ header: headerToJson(block.header) })),
    new ClientEvent('NewBlockEvents', 'NewBlockEvents', newBlockEvents, blockTags),
    ...block.evidence.map(
      item =>
        new ClientEvent('NewEvidence', 'NewEvidence', () => ({ height, evidence: evidenceToJson(item) }))
    ),
    ...block.txs.flatMap((tx, index) => {
      const result = results.txResults[index]
      return result === undefined ? [] : [txEvent(height, index, tx, result)]
    }),
    ...validatorUpdateEvents(event)
  ]
}

function txEvent(height: string, index: number, tx: Uint8Array, result: ExecTxResult): ClientEvent {
  const value = () => ({
    TxResult: {
      height,
      ...(index === 0 ? {} : { index }),
      ...(tx.length === 0 ? {} : { tx: base64Json(tx) }),
      result: compactTxResultToJson(result)
    }
  })
  const tags = () =>
    withTag(withTag(tagsOf(result.events), 'tx.hash', hexJson(txHash(tx))), 'tx.height', height)
  return new ClientEvent('Tx', 'Tx', value, tags)
}

function validatorUpdateEvents({ validatorUpdates }: BlockApplied): ClientEvent[] {
  if (validatorUpdates.length === 0) return []
  const value = () => ({ validator_updates: validatorUpdates.map(validatorToJson) })
  return [new ClientEvent('ValidatorSetUpdates', 'ValidatorSetUpdates', value)]
}

/** Attributes of events as tags; events without a type and attributes without a key have none. */
export function tagsOf(events: readonly AppEvent[]): Map<string, string[]> {
  const tags = new Map<string, string[]>()
  for (const event of events) {
    if (event.type === '') continue
    for (const { key, value } of event.attributes) {
      if (key !== '') withTag(tags, `${event.type}.${key}`, value)
    }
  }
  return tags
}

function withTag(tags: Map<string, string[]>, key: string, value: string): Map<string, string[]> {
  const values = tags.get(key)
  if (values === undefined) tags.set(key, [value])
  else values.push(value)
  return tags
}
