import { describe, expect, it } from 'vitest'
import { proveValidators } from '../../../src/cli/evidence/prove-validators.ts'
import type { RpcClient } from '../../../src/cli/rpc-client.ts'
import { makeSignatureVerifier, signEd25519 } from '../../../src/crypto/index.ts'
import { signedHeaderToJson } from '../../../src/rpc/json/header.ts'
import { validatorToJson } from '../../../src/rpc/json/validators.ts'
import {
  BLOCK_ID_FLAG,
  type Commit,
  type Genesis,
  type Header,
  hashHeader,
  makeValidatorSet,
  timestampFromMs,
  type ValidatorSet,
  voteSignBytes
} from '../../../src/types/index.ts'
import { CHAIN_ID, makeTestChain, type TestKey, testKey } from '../rpc/support/synthetic-chain.ts'

const HEIGHTS = 40
const NO_BYTES = new Uint8Array(0)
const synthetic = makeTestChain()
const template = synthetic.at(5)!.block.header

interface Light {
  readonly header: Header
  readonly commit: Commit
  readonly set: ValidatorSet
}

/** Four keys, of which the oldest is replaced every second height from `firstKey` on. */
function keysAt(height: number, firstKey: number): readonly TestKey[] {
  return [0, 1, 2, 3].map(index => testKey(firstKey + Math.floor(height / 2) + index))
}

function setAt(height: number, firstKey: number): ValidatorSet {
  return makeValidatorSet(keysAt(height, firstKey).map(({ publicKey }) => ({ publicKey, power: 10n })))
}

function sign(header: Header, set: ValidatorSet, keys: readonly TestKey[]): Commit {
  const { height } = header
  const blockId = { hash: hashHeader(header), partSetHeader: { total: 1, hash: 'ab'.repeat(32) } }
  const timestamp = timestampFromMs(1_700_000_000_000 + height)
  const signatures = set.validators.map(({ address }, validatorIndex) => {
    const vote = {
      type: 'precommit' as const,
      height,
      round: 0,
      blockId,
      timestamp,
      validatorAddress: address,
      validatorIndex,
      signature: NO_BYTES,
      extension: NO_BYTES,
      extensionSignature: NO_BYTES
    }
    const { seed } = keys.find(key => key.address === address)!
    const signature = signEd25519(seed, voteSignBytes(header.chainId, vote))
    return { blockIdFlag: BLOCK_ID_FLAG.commit, validatorAddress: address, timestamp, signature }
  })
  return { height, round: 0, blockId, signatures }
}

function lightAt(height: number, firstKey = 0, change: Partial<Header> = {}): Light {
  const [set, next] = [setAt(height, firstKey), setAt(height + 1, firstKey)]
  const header: Header = {
    ...template,
    chainId: CHAIN_ID,
    height,
    validatorsHash: set.hash,
    nextValidatorsHash: next.hash,
    ...change
  }
  return { header, commit: sign(header, set, keysAt(height, firstKey)), set }
}

const genesis: Genesis = {
  ...synthetic.genesis,
  validators: keysAt(1, 0).map(({ publicKey, address }) => ({ address, publicKey, power: 10n, name: '' }))
}
const verifier = makeSignatureVerifier({ cacheSize: 1000 })

/** A node that shows `chain`, two validators a page, and counts the headers it was asked for. */
function nodeOf(chain: (height: number) => Light) {
  const asked: number[] = []
  const client: RpcClient = {
    url: 'http://node',
    async call(method, params = {}) {
      const height = Number(params.height)
      const { header, commit, set } = chain(height)
      if (method === 'commit') {
        asked.push(height)
        return { signed_header: signedHeaderToJson(header, commit), canonical: true }
      }
      const start = (Number(params.page) - 1) * 2
      const page = set.validators.slice(start, start + 2).map(validatorToJson)
      return { block_height: String(height), validators: page, count: '2', total: '4' }
    }
  }
  return { client, asked }
}

const prove = (chain: (height: number) => Light, height: number) =>
  proveValidators(nodeOf(chain).client, genesis, height, verifier)

describe('the validators of a height, proved from the genesis', () => {
  it('are those of the chain, near and after every key has changed', async () => {
    for (const height of [1, 2, 3, 7, HEIGHTS]) {
      const { client, asked } = nodeOf(at => lightAt(at))
      const proved = await proveValidators(client, genesis, height, verifier)
      expect(proved.validators.hash).toBe(setAt(height, 0).hash)
      expect(proved.header.height).toBe(height)
      expect(asked.length).toBe(new Set(asked).size)
      expect(asked.length).toBeLessThan(HEIGHTS)
    }
    const { client, asked } = nodeOf(at => lightAt(at))
    expect((await proveValidators(client, genesis, 3, verifier)).headers).toBe(1)
    expect(asked).toEqual([3])
  })

  it('are not those of another chain with the same name', async () => {
    const forged = (height: number) => lightAt(height, 100)
    await expect(prove(forged, 1)).rejects.toThrow(
      /^the validators cannot be proved from the genesis: header 1: its validators are not those /
    )
    await expect(prove(forged, 9)).rejects.toThrow(/header 1: its validators are not those /)
    const forks = (height: number) => (height > 5 ? lightAt(height, 100) : lightAt(height))
    await expect(prove(forks, 9)).rejects.toThrow(/header 6: its validators are not those /)
  })

  it('are not taken from headers nobody signed, or signed for something else', async () => {
    const swapped = (height: number): Light => ({ ...lightAt(height), set: setAt(height, 50) })
    await expect(prove(swapped, 3)).rejects.toThrow(/header 3: its validators are not those it names$/)
    const rewritten = (height: number): Light => {
      const honest = lightAt(height)
      return { ...honest, header: { ...honest.header, appHash: 'ff'.repeat(32) } }
    }
    await expect(prove(rewritten, 3)).rejects.toThrow(/header 3: its commit is for another block$/)
    const unsigned = (height: number): Light => {
      const honest = lightAt(height)
      const signatures = honest.commit.signatures.map(one => ({ ...one, signature: Buffer.alloc(64, 1) }))
      return { ...honest, commit: { ...honest.commit, signatures } }
    }
    await expect(prove(unsigned, 3)).rejects.toThrow(/header 3: wrong signature \(#0\)|header 3: .*signature/)
    const other = (height: number) => lightAt(height, 0, { chainId: 'other' })
    await expect(prove(other, 3)).rejects.toThrow(/it is of the chain other, not rpc-test$/)
    await expect(prove(() => lightAt(4), 3)).rejects.toThrow(/header 3: it is of height 4$/)
  })

  it('are not asked for without need, nor beyond what the node can say', async () => {
    await expect(
      proveValidators(nodeOf(at => lightAt(at)).client, { ...genesis, initialHeight: 5 }, 4, verifier)
    ).rejects.toThrow(/the chain begins at height 5$/)
    await expect(
      proveValidators(nodeOf(at => lightAt(at)).client, { ...genesis, validators: [] }, 4, verifier)
    ).rejects.toThrow(/the genesis names no validators/)
    const broken: RpcClient = { url: '', call: async () => ({ signed_header: 7 }) }
    await expect(proveValidators(broken, genesis, 4, verifier)).rejects.toThrow(/header 4: .*signed_header/)
    let pages = 0
    const { client } = nodeOf(at => lightAt(at))
    const endless: RpcClient = {
      url: '',
      async call(method, params = {}) {
        if (method === 'commit') return client.call(method, params)
        pages += 1
        const page = (await client.call(method, { ...params, page: '1' })) as object
        return { ...page, total: '9007199254740991' }
      }
    }
    await expect(proveValidators(endless, genesis, 4, verifier)).rejects.toThrow(/more validators than its/)
    expect(pages).toBe(3)
  })
})
