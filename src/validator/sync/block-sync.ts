import type { BlockStore } from '../../blockstore/index.ts'
import type { Network, PeerId } from '../../network/index.ts'
import { type ExtendedCommit, type Height, type Part, PartSetAssembler } from '../../types/index.ts'
import { assert, type Clock, errorMessage, type Logger, type Metrics } from '../../util/index.ts'
import type { SyncOutcome } from '../block-executor.ts'
import { partsOf } from '../height-blocks.ts'
import { type HeightContext, maxPartsOfState } from '../host/height-context.ts'
import type { HostEvent } from '../host/mailbox.ts'
import { withoutExtensions } from '../last-commit.ts'
import {
  decodeBlockSyncRequest,
  decodeBlockSyncResponse,
  encodeBlockSyncRequest,
  encodeBlockSyncResponse,
  MAX_SYNC_BLOCKS,
  MAX_SYNC_PART_BYTES,
  type SyncedBlock
} from './block-sync-wire.ts'

export interface BlockSyncParts {
  readonly network: Network
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly store: BlockStore
  readonly current: () => HeightContext
  readonly post: (event: HostEvent) => boolean
}

interface Assembling {
  readonly peer: PeerId
  readonly commit: SyncedBlock
  readonly parts: PartSetAssembler
}

const REQUEST_TIMEOUT_MS = 10_000
/** A peer that lied, failed or had nothing is not asked again for this long. */
const COOL_DOWN_MS = 5_000

/**
 * Fetches blocks that are decided already. A peer's word about its height only chooses whom to ask: every block is
 * proved by its commit before it is used, and a peer whose word does not hold is left alone for a while.
 */
export class BlockSync {
  readonly #parts: BlockSyncParts
  readonly #tips = new Map<PeerId, Height>()
  readonly #coolUntilMs = new Map<PeerId, number>()
  readonly #fetched
  readonly #syncing
  /** A block of which some parts are in, all of one peer: another may know another block, or lie. */
  #assembling: Assembling | null = null
  #running = false
  #stopped = false

  constructor(parts: BlockSyncParts) {
    this.#parts = parts
    this.#fetched = parts.metrics.counter('blocksync', 'blocks_total', 'Blocks fetched from peers.', [
      'result'
    ])
    this.#syncing = parts.metrics.gauge(
      'blocksync',
      'syncing',
      'Whether or not a node is block syncing. 1 if yes, 0 if no.'
    )
    this.#syncing.set(0)
  }

  /** True while blocks are being fetched. */
  get isSyncing(): boolean {
    return this.#running
  }

  stop(): void {
    this.#stopped = true
  }

  /** A peer says its last stored block is `tip`. */
  noteTip(peer: PeerId, tip: Height): void {
    this.#tips.set(peer, tip)
    if (!this.#running && !this.#stopped && this.#choosePeer() !== null) void this.#run()
  }

  onPeerDisconnected(peer: PeerId): void {
    this.#tips.delete(peer)
    this.#coolUntilMs.delete(peer)
  }

  /** Answers a peer that is behind; null refuses a malformed request. */
  async answer(data: Uint8Array): Promise<Uint8Array | null> {
    const request = decodeBlockSyncRequest(data)
    if (!request.ok) return null
    const { store } = this.#parts
    const blocks: SyncedBlock[] = []
    let bytes = 0
    let { firstPart } = request.value
    let { height } = request.value
    for (; height >= store.base && height <= store.height && blocks.length < MAX_SYNC_BLOCKS; height++) {
      const block = await this.#load(height, firstPart, MAX_SYNC_PART_BYTES - bytes)
      if (block === null || block.parts.length === 0) break
      blocks.push(block)
      bytes += block.parts.reduce((sum, part) => sum + part.bytes.length, 0)
      if (firstPart + block.parts.length < block.commit.blockId.partSetHeader.total) break
      firstPart = 0
    }
    return encodeBlockSyncResponse({ tip: store.height, base: store.base, blocks })
  }

  async #load(height: Height, firstPart: number, roomBytes: number): Promise<SyncedBlock | null> {
    const { store } = this.#parts
    const commit = store.loadSeenCommit(height) ?? store.loadCommit(height)
    if (commit === null) return null
    const parts: Part[] = []
    let bytes = 0
    for (let index = firstPart; index < commit.blockId.partSetHeader.total; index++) {
      const part = await store.loadPart(height, index)
      if (part === null || bytes + part.bytes.length > roomBytes) break
      parts.push(part)
      bytes += part.bytes.length
    }
    return { commit, extendedCommit: store.loadExtendedCommit(height), parts }
  }

  async #run(): Promise<void> {
    this.#running = true
    this.#syncing.set(1)
    try {
      for (let peer = this.#choosePeer(); peer !== null && !this.#stopped; peer = this.#choosePeer()) {
        const reason = await this.#fetchFrom(peer).catch(errorMessage)
        if (reason !== null) this.#coolDown(peer, reason)
      }
    } finally {
      this.#running = false
      this.#syncing.set(0)
    }
  }

  /** A peer that has the block we need and has not failed lately; the one with the least said height first. */
  #choosePeer(): PeerId | null {
    const needed = this.#parts.current().height
    const now = this.#parts.clock.monotonic()
    let chosen: PeerId | null = null
    for (const [peer, tip] of this.#tips) {
      if (tip < needed || (this.#coolUntilMs.get(peer) ?? 0) > now) continue
      if (chosen === null || tip < this.#tips.get(chosen)!) chosen = peer
    }
    return chosen
  }

  /** One request and what came of it; null when it brought us forward, else why the peer is to be left alone. */
  async #fetchFrom(peer: PeerId): Promise<string | null> {
    const { height } = this.#parts.current()
    const begun = this.#assembling
    if (begun?.peer !== peer || begun.commit.commit.height !== height) this.#assembling = null
    const firstPart = this.#assembling?.parts.count ?? 0
    const request = encodeBlockSyncRequest({ height, firstPart })
    const answer = await this.#parts.network.request(peer, 'sync', request, REQUEST_TIMEOUT_MS)
    const response = decodeBlockSyncResponse(answer)
    if (!response.ok) return this.#blame(peer, response.error.message)
    this.#tips.set(peer, response.value.tip)
    if (response.value.blocks.length === 0) return 'it has nothing for us'
    const waiting: Promise<SyncOutcome>[] = []
    for (const [index, block] of response.value.blocks.entries()) {
      if (block.commit.height !== height + index) return this.#blame(peer, 'blocks out of order')
      const complete = this.#assemble(peer, block)
      if (complete === 'invalid')
        return this.#blame(peer, 'a part does not belong to the block its commit names')
      if (complete !== 'partial') waiting.push(this.#apply(complete.commit, complete.parts))
    }
    // Or it could feed us one part for ever, and nobody else would be asked.
    if (waiting.length === 0 && this.#assembling?.parts.count === firstPart) return 'it sent nothing new'
    const outcomes = await Promise.all(waiting)
    const refused = outcomes.find(outcome => typeof outcome === 'object')
    this.#fetched.inc(outcomes.filter(outcome => outcome === 'applied').length, { result: 'applied' })
    return refused === undefined ? null : this.#blame(peer, refused.refused)
  }

  #assemble(
    peer: PeerId,
    block: SyncedBlock
  ): 'partial' | 'invalid' | { commit: SyncedBlock; parts: PartSetAssembler } {
    const maxTotal = maxPartsOfState(this.#parts.current().state)
    this.#assembling ??= {
      peer,
      commit: block,
      parts: new PartSetAssembler(block.commit.blockId.partSetHeader, { maxTotal })
    }
    const { parts, commit } = this.#assembling
    for (const part of block.parts) {
      if (parts.add(part) !== 'invalid') continue
      this.#assembling = null
      return 'invalid'
    }
    if (!parts.isComplete) return 'partial'
    this.#assembling = null
    return { commit, parts }
  }

  #apply({ commit, extendedCommit }: SyncedBlock, parts: PartSetAssembler): Promise<SyncOutcome> {
    assert(parts.isComplete, 'only complete blocks are applied')
    const seenCommit: ExtendedCommit = extendedCommit ?? withoutExtensions(commit)
    return new Promise(resolve => {
      const block = { bytes: parts.bytes(), parts: partsOf(parts), seenCommit }
      if (!this.#parts.post({ kind: 'syncedBlock', block, done: resolve })) resolve('stale')
    })
  }

  #blame(peer: PeerId, reason: string): string {
    this.#parts.network.report(peer, `block sync: ${reason}`)
    this.#fetched.inc(1, { result: 'refused' })
    return reason
  }

  #coolDown(peer: PeerId, reason: string): void {
    this.#parts.logger.debug('block sync leaves a peer alone for a while', { peer, reason })
    this.#coolUntilMs.set(peer, this.#parts.clock.monotonic() + COOL_DOWN_MS)
  }
}
