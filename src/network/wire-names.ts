import { PROTOCOLS, type Protocol, TOPICS, type Topic } from './network.ts'

/** How much of the genesis hash names carry: enough that two chains never share one, short enough for every message. */
const CHAIN_TAG_HEX_DIGITS = 16

/**
 * The names under which topics and protocols travel. Each carries the chain's tag, so nodes of different genesis
 * files have no topic and no protocol in common.
 */
export interface WireNames {
  readonly topics: Readonly<Record<Topic, string>>
  readonly topicOfName: ReadonlyMap<string, Topic>
  readonly protocols: Readonly<Record<Protocol, string>>
  /** The long-lived one-way stream of each peer: neighbour lists, and topics that travel directly. */
  readonly direct: string
}

export function wireNames(genesisHash: string): WireNames {
  const chain = `/pnyx/${genesisHash.slice(0, CHAIN_TAG_HEX_DIGITS)}`
  const topics = byName(TOPICS, topic => `${chain}/gossip/${topic}/1`)
  return {
    topics,
    topicOfName: new Map(TOPICS.map(topic => [topics[topic], topic])),
    protocols: byName(PROTOCOLS, protocol => `${chain}/${protocol}/1`),
    direct: `${chain}/direct/1`
  }
}

function byName<Name extends string>(
  names: readonly Name[],
  write: (name: Name) => string
): Record<Name, string> {
  return Object.fromEntries(names.map(name => [name, write(name)])) as Record<Name, string>
}
