import { describe, expect, it } from 'vitest'
import { DecodeError, ProtoWriter, tryDecode } from '../../../src/codec/index.ts'
import {
  type ConsensusMessage,
  decodeBlock,
  decodeConsensusMessage,
  decodeTxBatch,
  decodeVote,
  encodeBlock,
  encodeConsensusMessage,
  encodeTxBatch,
  encodeVote,
  makePartSet,
  validateConsensusMessage,
  ZERO_TIME
} from '../../../src/types/index.ts'
import { writeBlockId, writePartSetHeader, writeTimestamp } from '../../../src/types/wire-block-id.ts'
import {
  type BlockIdVector,
  blockIdOf,
  bytesOf,
  type HeaderVector,
  headerOf,
  hexOf,
  timeOf,
  type VoteVector,
  voteOf
} from './domain-vectors.ts'
import { sampleProposal, sampleVote } from './sample-values.ts'
import { vectorCases } from './vectors.ts'

interface MessageCase {
  name: string
  message: string
  // biome-ignore lint/suspicious/noExplicitAny: each case has fields of its own
  fields: any
  expected_hex: string
}

/** Writes nested messages from the outside in, as a table of [field, content]. */
type Content = (writer: ProtoWriter) => void
function inside(field: number, content: Content): Content {
  return writer => {
    const mark = writer.begin(field)
    content(writer)
    writer.end(mark)
  }
}
function written(content: Content): string {
  const writer = new ProtoWriter()
  content(writer)
  return hexOf(writer.finish())
}
const heightAndRound = (writer: ProtoWriter, fields: { height: string; round?: number }) => {
  writer.int64(1, Number(fields.height))
  writer.int32(2, fields.round ?? 0)
}
const text = (value: string) => new TextEncoder().encode(value)
const error = (field: number, { code, description }: { code: number; description: string }) =>
  inside(field, w => {
    w.int32(1, code)
    w.string(2, description)
  })

describe('consensus_messages.json', () => {
  const cases = vectorCases<MessageCase>('consensus_messages.json')

  /** Kinds that CometBFT's own gossip uses. Ours repairs by request and answer, so they are written here, by the codec. */
  const notOurs: Record<string, (fields: MessageCase['fields']) => Content> = {
    NewRoundStep: f =>
      inside(1, w => {
        heightAndRound(w, f)
        w.uint32(3, f.step)
        w.int64(4, Number(f.seconds_since_start_time))
        w.int32(5, f.last_commit_round)
      }),
    NewValidBlock: f =>
      inside(2, w => {
        heightAndRound(w, f)
        writePartSetHeader(w, 3, f.block_part_set_header)
        inside(4, bits => {
          bits.int64(1, Number(f.block_parts.bits))
          bits.packedUint64(2, f.block_parts.elems.map(BigInt))
        })(w)
        w.bool(5, f.is_commit)
      }),
    ProposalPol: f =>
      inside(4, w => {
        heightAndRound(w, { height: f.height, round: f.proposal_pol_round })
        inside(3, () => {})(w)
      }),
    HasVote: f =>
      inside(7, w => {
        heightAndRound(w, f)
        w.int32(3, f.type)
        w.int32(4, f.index)
      }),
    VoteSetMaj23: f =>
      inside(8, w => {
        heightAndRound(w, f)
        w.int32(3, f.type)
        writeBlockId(w, 4, blockIdOf(f.block_id))
      })
  }

  it.each(cases.filter(({ name }) => name in notOurs))('$name, which we refuse', each => {
    expect(written(notOurs[each.name]!(each.fields))).toBe(each.expected_hex)
    expect(tryDecode(decodeConsensusMessage, bytesOf(each.expected_hex)).ok).toBe(false)
  })

  it.each(cases.filter(({ name }) => !(name in notOurs)))('$name', each => {
    const message: ConsensusMessage = { kind: 'vote', vote: voteOf(each.fields.vote) }
    expect(hexOf(encodeConsensusMessage(message))).toBe(each.expected_hex)
    expect(decodeConsensusMessage(bytesOf(each.expected_hex))).toEqual(message)
  })
})

describe('other_messages.json', () => {
  const cases = vectorCases<MessageCase>('other_messages.json')

  /** Messages we speak, or whose content is ours. */
  const ours: Record<string, (each: MessageCase) => void> = {
    'tx 2': each => {
      const txs = each.fields.txs.txs.map(bytesOf)
      expect(hexOf(encodeTxBatch(txs))).toBe(each.expected_hex)
      expect(decodeTxBatch(bytesOf(each.expected_hex), 10).map(hexOf)).toEqual(each.fields.txs.txs)
    },
    BlockResponse: each => {
      const { header, txs, evidence, last_commit } = each.fields.block_response.block
      const block = {
        header: headerOf(header as HeaderVector),
        txs: txs.map(bytesOf),
        evidence,
        lastCommit: last_commit
      }
      const bytes = encodeBlock(block)
      expect(written(inside(3, w => w.repeatedBytes(1, bytes)))).toBe(each.expected_hex)
      expect(decodeBlock(bytes)).toEqual(block)
    },
    'Vote Response': each => {
      const vote = voteOf(each.fields.signed_vote_response.vote as VoteVector)
      const bytes = encodeVote(vote)
      expect(written(inside(4, w => w.repeatedBytes(1, bytes)))).toBe(each.expected_hex)
      expect(decodeVote(bytes)).toEqual(vote)
    }
  }

  /** Messages of reactors we do not have; the codec must still write the bytes that Go writes. */
  const notOurs: Record<string, (fields: MessageCase['fields']) => Content> = {
    'BlockRequest 1': f => inside(1, w => w.int64(1, Number(f.block_request.height))),
    'NoBlockResponse max': f => inside(2, w => w.bigint64(1, BigInt(f.no_block_response.height))),
    StatusResponse: f =>
      inside(5, w => {
        w.int64(1, Number(f.status_response.height))
        w.int64(2, Number(f.status_response.base))
      }),
    'ping request': () => inside(7, () => {}),
    'pubKey request': f => inside(1, w => w.string(1, f.pub_key_request.chain_id)),
    'pubKey response with error': f =>
      inside(2, w => {
        inside(1, () => {})(w)
        error(2, f.pub_key_response.error)(w)
      }),
    // The proposal in it has type 1, which ours cannot have: its type is always 32.
    'Proposal Request': f =>
      inside(5, w => {
        const { proposal, chain_id } = f.sign_proposal_request
        inside(1, p => {
          p.int32(1, proposal.type)
          p.int64(2, Number(proposal.height))
          p.int32(3, proposal.round)
          p.int32(4, proposal.pol_round)
          writeBlockId(p, 5, blockIdOf(proposal.block_id as BlockIdVector))
          writeTimestamp(p, 6, timeOf(proposal.timestamp))
          p.hex(7, proposal.signature)
        })(w)
        w.string(2, chain_id)
      }),
    'Proposal Response with error': f =>
      inside(6, w => {
        inside(1, p => {
          writeBlockId(p, 5, { hash: '', partSetHeader: { total: 0, hash: '' } })
          writeTimestamp(p, 6, ZERO_TIME)
        })(w)
        error(2, f.signed_proposal_response.error)(w)
      }),
    SnapshotsResponse: ({ snapshots_response: f }) =>
      inside(2, w => {
        w.int64(1, Number(f.height))
        w.uint32(2, f.format)
        w.uint32(3, f.chunks)
        w.hex(4, f.hash)
        w.hex(5, f.metadata)
      }),
    ChunkResponse: ({ chunk_response: f }) =>
      inside(4, w => {
        w.int64(1, Number(f.height))
        w.uint32(2, f.format)
        w.uint32(3, f.index)
        w.hex(4, f.chunk)
      }),
    PexAddrs: f =>
      inside(2, w => {
        for (const { id, ip, port } of f.pex_addrs.addrs) {
          inside(1, a => {
            a.bytes(1, text(id))
            a.string(2, ip)
            a.uint32(3, port)
          })(w)
        }
      })
  }

  it.each(cases.filter(({ name }) => name in ours))('$message $name', each => ours[each.name]!(each))

  it.each(cases.filter(({ name }) => !(name in ours)))('$message $name, written by the codec', each => {
    expect(written(notOurs[each.name]!(each.fields))).toBe(each.expected_hex)
  })
})

describe('a consensus message', () => {
  const { parts } = makePartSet(new Uint8Array(70000).fill(5))
  const messages: ConsensusMessage[] = [
    { kind: 'vote', vote: sampleVote() },
    { kind: 'proposal', proposal: sampleProposal() },
    { kind: 'blockPart', height: 12, round: 1, part: parts[1]! }
  ]

  it.each(messages)('of kind $kind comes back as it was, and is well formed', message => {
    const decoded = decodeConsensusMessage(encodeConsensusMessage(message))
    expect(decoded).toEqual(message)
    expect(validateConsensusMessage(decoded)).toBeNull()
  })

  it('is judged by the rules of its kind', () => {
    const bad: ConsensusMessage[] = [
      { kind: 'vote', vote: sampleVote({ height: 0 }) },
      { kind: 'proposal', proposal: sampleProposal({ round: -1 }) },
      { kind: 'blockPart', height: 0, round: 1, part: parts[1]! },
      { kind: 'blockPart', height: 12, round: -1, part: parts[1]! },
      { kind: 'blockPart', height: 12, round: 1, part: { ...parts[1]!, index: 0 } }
    ]
    expect(bad.map(message => validateConsensusMessage(message) === null)).toEqual(bad.map(() => false))
  })

  const vote = hexOf(encodeConsensusMessage(messages[0]!))
  const refused: [string, string][] = [
    ['nothing', ''],
    ['two messages', vote + vote],
    ['a message and a byte', `${vote}00`],
    ['a kind that does not exist', '5200'],
    ['A-11: a vote message without a vote', '3200'],
    ['A-11: a proposal message without a proposal', '1a00'],
    ['A-11: a part message without a part', '2a0408011001'],
    ['A-11: an empty vote', '32020a00'],
    ['a varint instead of a message', '3001']
  ]
  it.each(refused)('is refused as %s', (_name, hex) => {
    expect(() => decodeConsensusMessage(bytesOf(hex))).toThrow(DecodeError)
  })
})
