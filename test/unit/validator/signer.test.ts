import assert from 'node:assert'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { makeEd25519Signer, sha256, sha256Hex, verifyEd25519 } from '../../../src/crypto/index.ts'
import { mountSimDisk, SimDisk } from '../../../src/sim/disk/index.ts'
import {
  NIL_BLOCK_ID,
  timestampFromRfc3339,
  type Vote,
  type VoteType,
  voteExtensionSignBytes,
  voteSignBytes
} from '../../../src/types/index.ts'
import {
  EMPTY_SIGN_STATE,
  FileSigner,
  formatSignState,
  parseSignState
} from '../../../src/validator/index.ts'
import { comparePosition } from '../../../src/validator/signer/last-sign-state.ts'
import { testKey } from './support.ts'

interface Step {
  readonly step: string
  readonly height: string
  readonly round: number
  readonly block: string
  readonly timestamp: string
  readonly expected: 'ok' | 'error'
  readonly detail: string
}

const PATH = '/node/data/priv_validator_state.json'
const CHAIN = 'mychainid'
const { cases } = JSON.parse(
  readFileSync(new URL('../../fixtures/vectors/priv_validator.json', import.meta.url), 'utf8')
)

function newDisk(): SimDisk {
  return new SimDisk({ random: () => 0 })
}

function vote(overrides: Partial<Vote> = {}): Vote {
  return {
    type: 'prevote',
    height: 10,
    round: 1,
    blockId: {
      hash: sha256Hex(Buffer.from('block1')),
      partSetHeader: { total: 1, hash: sha256Hex(Buffer.from('p')) }
    },
    timestamp: { seconds: 1704067200, nanos: 0 },
    validatorAddress: testKey(1).address,
    validatorIndex: 0,
    signature: new Uint8Array(0),
    extension: new Uint8Array(0),
    extensionSignature: new Uint8Array(0),
    ...overrides
  }
}

function voteOf(step: Step, type: VoteType): Vote {
  const name = Buffer.from(step.block)
  const blockId = {
    hash: sha256Hex(name),
    partSetHeader: { total: 5, hash: sha256Hex(Buffer.concat([name, name])) }
  }
  const timestamp = timestampFromRfc3339(step.timestamp)!
  return vote({ type, height: Number(step.height), round: step.round, blockId, timestamp })
}

describe('the double-sign guard', () => {
  it('answers every recorded sequence as CometBFT does', async () => {
    const sequences = cases.filter((each: { steps?: unknown }) => each.steps)
    expect(sequences.length).toBeGreaterThan(0)
    for (const sequence of sequences) {
      const signer = await FileSigner.create(testKey(1), mountSimDisk(newDisk()).fileSystem, PATH)
      const first = new Map<string, Uint8Array>()
      for (const step of sequence.steps as Step[]) {
        const signed = await signer.signVote(CHAIN, voteOf(step, sequence.kind))
        expect({ step: step.step, ok: signed.ok }).toEqual({ step: step.step, ok: step.expected === 'ok' })
        if (!signed.ok) continue
        const key = `${step.height}/${step.round}/${step.block}`
        const earlier = first.get(key)
        if (earlier) expect(Buffer.compare(signed.value.signature, earlier)).toBe(0)
        first.set(key, signed.value.signature)
      }
    }
  })

  it('compares positions as CheckHRS does', () => {
    const checks = cases.filter((each: { name: string }) => each.name === 'CheckHRS')
    expect(checks.length).toBe(5)
    for (const { last, next, expected } of checks) {
      const bytes = last.has_signbytes ? new Uint8Array(1) : null
      const state = {
        height: Number(last.height),
        round: last.round,
        step: last.step,
        signature: bytes,
        signBytes: bytes
      }
      const answer = comparePosition(state, {
        height: Number(next.height),
        round: next.round,
        step: next.step
      })
      const text = typeof answer === 'object' ? `error: ${answer.refused}` : answer
      expect(expected.startsWith(text)).toBe(true)
    }
  })

  it('has the state on the disk before the signature is out (A-65)', async () => {
    const disk = newDisk()
    const { fileSystem } = mountSimDisk(disk)
    const signer = await FileSigner.create(testKey(1), fileSystem, PATH)
    const signed = await signer.signVote(CHAIN, vote())
    disk.crash()
    const reopened = await FileSigner.open(testKey(1), mountSimDisk(disk).fileSystem, PATH)
    expect(reopened.last.height).toBe(10)
    const other = await reopened.signVote(CHAIN, vote({ blockId: NIL_BLOCK_ID }))
    expect(other).toEqual({ ok: false, refused: 'conflicting data' })
    const again = await reopened.signVote(CHAIN, vote({ timestamp: { seconds: 1704067999, nanos: 5 } }))
    assert(again.ok && signed.ok)
    expect(again.value.timestamp).toEqual(signed.value.timestamp)
    expect(Buffer.compare(again.value.signature, signed.value.signature)).toBe(0)
  })

  it('never signs two things at once, however many ask (A-66)', async () => {
    const signer = await FileSigner.create(testKey(1), mountSimDisk(newDisk()).fileSystem, PATH)
    const asked = Array.from({ length: 1000 }, (_, index) => {
      const hash = sha256Hex(Buffer.from(`block ${index}`))
      return signer.signVote(CHAIN, vote({ blockId: { hash, partSetHeader: { total: 1, hash } } }))
    })
    const answers = await Promise.all(asked)
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
  })

  it('signs the extension apart from the vote, as often as it is asked', async () => {
    const signer = await FileSigner.create(testKey(1), mountSimDisk(newDisk()).fileSystem, PATH)
    const wanted = { type: 'precommit', extensionSignature: new Uint8Array(64) } as const
    for (const text of ['first', 'second']) {
      const signed = await signer.signVote(CHAIN, vote({ ...wanted, extension: Buffer.from(text) }))
      expect(signed.ok).toBe(true)
      if (!signed.ok) return
      const { publicKey } = testKey(1)
      const { value } = signed
      expect(verifyEd25519(publicKey.bytes, voteSignBytes(CHAIN, value), value.signature)).toBe(true)
      const extensionBytes = voteExtensionSignBytes(CHAIN, value)
      expect(verifyEd25519(publicKey.bytes, extensionBytes, value.extensionSignature)).toBe(true)
    }
  })
})

describe('priv_validator_state.json', () => {
  it('is what CometBFT writes and reads', () => {
    const minimal = Buffer.from('{\n  "height": "1",\n  "round": 1,\n  "step": 1\n}')
    const state = parseSignState(minimal, PATH)
    expect(state).toMatchObject({ height: 1, round: 1, step: 1, signature: null, signBytes: null })
    expect(Buffer.from(formatSignState(state)).toString()).toBe(minimal.toString())
  })

  it('is refused when it is missing or damaged', () => {
    expect(() => parseSignState(null, PATH)).toThrow(/is missing/)
    const whole = Buffer.from(
      formatSignState({ ...EMPTY_SIGN_STATE, height: 7, signBytes: Buffer.from('ab') })
    )
    for (let cut = 0; cut < whole.length; cut++) {
      expect(() => parseSignState(whole.subarray(0, cut), PATH)).toThrow(/damaged/)
    }
    for (const text of [
      '{"height":1,"round":0,"step":0}',
      '{"height":"-1","round":0,"step":0}',
      '[]',
      '{"height":"1","round":0,"step":9}'
    ]) {
      expect(() => parseSignState(Buffer.from(text), PATH)).toThrow(/damaged/)
    }
  })
})

it('test keys sign what they say', () => {
  const signer = makeEd25519Signer(sha256(Buffer.from('test key 1')))
  expect(Buffer.compare(signer.publicKey, testKey(1).publicKey.bytes)).toBe(0)
})
