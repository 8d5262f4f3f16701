import type { Connection } from '@libp2p/interface'
import type { Clock } from '../util/index.ts'
import type { LinkView } from './connection-policy.ts'
import { nodeIdOfPeerId } from './identity.ts'
import type { DropReason } from './meter.ts'
import type { PeerId } from './network.ts'
import { ipOfMultiaddr } from './peer-address.ts'

const MAX_MONIKER_CHARACTERS = 70
const MAX_TOLD_ADDRESSES = 50
const LISTEN_ADDRESS = /^\/(?:ip4\/[\d.]{7,15}|ip6\/[\da-f:.]{2,45}|dns[46]?\/[\w.-]{1,253})\/tcp\/\d{1,5}/i
/** What libp2p's identify carries of the software: "pnyx/<version> <moniker>". */
const AGENT_VERSION = /^pnyx\/\S{1,32} (.*)$/s

/** This node's own agent version. */
export function agentVersion({
  version,
  moniker
}: {
  readonly version: string
  readonly moniker: string
}): string {
  return `pnyx/${version.replace(/\s/g, '') || '0'} ${printable(moniker)}`
}

/** The moniker in a peer's agent version; '' when it has another form. What a peer says of itself is never trusted. */
export function monikerOf(agent: string | undefined): string {
  return printable(AGENT_VERSION.exec((agent ?? '').slice(0, 512))?.[1] ?? '')
}

function printable(text: string): string {
  const clean = text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '').trim()
  return [...clean].slice(0, MAX_MONIKER_CHARACTERS).join('')
}

/**
 * Which of the addresses a peer says it listens on to show: one of the IP it is connected from, else the first; '' when it
 * names none of this transport.
 */
export function listenAddressOf(told: readonly string[], remoteAddress: string): string {
  const readable = told
    .slice(0, MAX_TOLD_ADDRESSES)
    .flatMap(address => LISTEN_ADDRESS.exec(address)?.[0] ?? [])
  const ip = ipOfMultiaddr(remoteAddress)
  return readable.find(address => ipOfMultiaddr(address) === ip) ?? readable[0] ?? ''
}

/** One open connection. */
export interface Link extends LinkView {
  readonly connection: Connection
}

/** One peer with at least one open connection. */
export interface PeerRecord {
  readonly id: PeerId
  readonly nodeId: string
  readonly connectedAtMs: number
  readonly openedAtMs: number
  readonly links: Link[]
  moniker: string
  /** Where it says that it listens; '' when it says nothing that can be read. */
  listenAddress: string
  /** It has shown the chain's protocols, and the node above knows of it. */
  ready: boolean
  /** Why this node closed the connection, when it did. */
  dropped: DropReason | null
}

/** The connected peers and their connections. */
export class PeerBook {
  readonly #clock: Clock
  readonly #peers = new Map<PeerId, PeerRecord>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get(peer: PeerId): PeerRecord | undefined {
    return this.#peers.get(peer)
  }

  all(): PeerRecord[] {
    return [...this.#peers.values()]
  }

  ready(): PeerRecord[] {
    return this.all().filter(peer => peer.ready)
  }

  *links(): Generator<Link> {
    for (const peer of this.#peers.values()) yield* peer.links
  }

  opened(connection: Connection): PeerRecord {
    const id = connection.remotePeer.toString()
    const openedAtMs = this.#clock.monotonic()
    let record = this.#peers.get(id)
    if (record === undefined) {
      record = {
        id,
        nodeId: nodeIdOfPeerId(id),
        connectedAtMs: this.#clock.now(),
        openedAtMs,
        links: [],
        moniker: '',
        listenAddress: '',
        ready: false,
        dropped: null
      }
      this.#peers.set(id, record)
    }
    record.links.push({
      peer: id,
      outbound: connection.direction === 'outbound',
      openedAtMs,
      ip: ipOfMultiaddr(connection.remoteAddr.toString()),
      connection
    })
    return record
  }

  /** Takes a closed connection out; null when it was not known. */
  closed(connection: Connection): PeerRecord | null {
    const id = connection.remotePeer.toString()
    const record = this.#peers.get(id)
    const index = record?.links.findIndex(link => link.connection.id === connection.id) ?? -1
    if (record === undefined || index < 0) return null
    record.links.splice(index, 1)
    if (record.links.length === 0) this.#peers.delete(id)
    return record
  }
}
