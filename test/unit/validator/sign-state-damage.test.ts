import assert from 'node:assert'
import { describe, expect, it } from 'vitest'
import { mountSimDisk, SimDisk, SimFile } from '../../../src/sim/disk/index.ts'
import { NIL_BLOCK_ID, timestampFromMs } from '../../../src/types/index.ts'
import { FileSigner, SignerError } from '../../../src/validator/index.ts'
import { testKey } from './support.ts'

const PATH = '/node/data/priv_validator_state.json'

/** The bytes of a state after one signed prevote of 21/3. */
async function signedState(): Promise<Uint8Array> {
  const disk = new SimDisk({ random: () => 0 })
  const key = testKey(1)
  const signer = await FileSigner.create(key, mountSimDisk(disk).fileSystem, PATH)
  const none = new Uint8Array(0)
  const signed = await signer.signVote('chain', {
    type: 'prevote',
    height: 21,
    round: 3,
    blockId: NIL_BLOCK_ID,
    timestamp: timestampFromMs(1_700_000_000_123),
    validatorAddress: key.address,
    validatorIndex: 0,
    signature: none,
    extension: none,
    extensionSignature: none
  })
  assert(signed.ok)
  return disk.files.get(PATH)!.content()
}

async function open(bytes: Uint8Array, key = testKey(1)): Promise<FileSigner | SignerError> {
  const disk = new SimDisk({ random: () => 0 })
  disk.files.set(PATH, new SimFile(bytes))
  return FileSigner.open(key, mountSimDisk(disk).fileSystem, PATH).catch(error => {
    if (error instanceof SignerError) return error
    throw error
  })
}

describe('a damaged sign state', () => {
  it('is refused, or still says what was signed last, whichever bit flips', async () => {
    const bytes = await signedState()
    let refused = 0
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes)
      flipped[bit >>> 3]! ^= 1 << (bit & 7)
      const opened = await open(flipped)
      if (opened instanceof SignerError) refused++
      else expect(opened.last).toMatchObject({ height: 21, round: 3, step: 2 })
    }
    expect(refused).toBeGreaterThan(bytes.length * 4)
  })

  it('is refused to another key', async () => {
    const opened = await open(await signedState(), testKey(2))
    expect(opened).toBeInstanceOf(SignerError)
    expect((opened as SignerError).message).toContain('another key')
  })
})
