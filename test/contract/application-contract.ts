import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type {
  AppInfo,
  Application,
  AppStore,
  FinalizeBlockRequest,
  InitChainRequest,
  Misbehavior,
  ProcessProposalRequest
} from '../../src/app/index.ts'
import {
  DEFAULT_CONSENSUS_PARAMS,
  type Height,
  txSizeInBlock,
  type ValidatorUpdate
} from '../../src/types/index.ts'

/** What an app brings to be run through the contract. */
export interface ApplicationBed {
  /** Opens the app on a store; called again with the same store it is the app after a restart. */
  open(store: AppStore): Promise<Application>
  /** An empty store of its own. */
  makeStore(): Promise<AppStore>
  /** The n-th of transactions that the app executes with code 0 in this order. */
  validTx(n: number): Uint8Array
  readonly validators: readonly ValidatorUpdate[]
  /** An app without state reports height 0 for ever and is replayed from the first block. */
  readonly isStateless?: boolean
}

const TIME = { seconds: 1_700_000_000, nanos: 0 }
const NOBODY = 'ff'.repeat(20)

export function initChainRequest(
  bed: Pick<ApplicationBed, 'validators'>,
  initialHeight = 1
): InitChainRequest {
  return {
    time: TIME,
    chainId: 'contract-chain',
    consensusParams: DEFAULT_CONSENSUS_PARAMS,
    validators: bed.validators,
    appState: '',
    initialHeight
  }
}

export function blockRequest(
  height: Height,
  txs: readonly Uint8Array[],
  misbehavior: readonly Misbehavior[] = []
): FinalizeBlockRequest {
  return {
    txs,
    decidedLastCommit: { round: 0, votes: [] },
    misbehavior,
    hash: 'aa'.repeat(32),
    height,
    time: { seconds: TIME.seconds + height, nanos: 0 },
    nextValidatorsHash: 'bb'.repeat(32),
    proposerAddress: NOBODY
  }
}

export function proposalRequest(height: Height, txs: readonly Uint8Array[]): ProcessProposalRequest {
  const { decidedLastCommit, ...rest } = blockRequest(height, txs)
  return { ...rest, proposedLastCommit: decidedLastCommit }
}

export async function applyBlock(app: Application, height: Height, txs: readonly Uint8Array[]) {
  const response = await app.finalizeBlock(blockRequest(height, txs))
  await app.commit()
  return response
}

/** What every application owes the node, whatever it does. */
export function describeApplication(name: string, bed: ApplicationBed): void {
  const start = async (): Promise<{ app: Application; store: AppStore }> => {
    const store = await bed.makeStore()
    const app = await bed.open(store)
    await app.initChain(initChainRequest(bed))
    return { app, store }
  }
  const blockOf = (height: Height): Uint8Array[] => [bed.validTx(2 * height), bed.validTx(2 * height + 1)]
  const heightOf = (height: Height): Height => (bed.isStateless === true ? 0 : height)
  const essence = ({ lastBlockHeight, lastBlockAppHash }: AppInfo) => ({ lastBlockHeight, lastBlockAppHash })

  describe(`application contract: ${name}`, () => {
    it('is at height 0 before anything was committed, also after a restart', async () => {
      const { app, store } = await start()
      expect((await app.info()).lastBlockHeight).toBe(0)
      expect((await (await bed.open(store)).info()).lastBlockHeight).toBe(0)
    })

    it('gives one result a transaction and the same answers on every node', async () => {
      const [one, other] = [await start(), await start()]
      for (const height of [1, 2, 3]) {
        const [first, second] = [
          await applyBlock(one.app, height, blockOf(height)),
          await applyBlock(other.app, height, blockOf(height))
        ]
        expect(first.txResults.map(({ code }) => code)).toEqual([0, 0])
        expect(second).toEqual(first)
      }
    })

    it('shows nothing of a block before commit, and takes the same block again', async () => {
      const { app } = await start()
      await applyBlock(app, 1, blockOf(1))
      const before = await app.info()
      const first = await app.finalizeBlock(blockRequest(2, blockOf(2)))
      expect(await app.info()).toEqual(before)
      expect(await app.finalizeBlock(blockRequest(2, blockOf(2)))).toEqual(first)
      await app.commit()
      expect(essence(await app.info())).toEqual({
        lastBlockHeight: heightOf(2),
        lastBlockAppHash: first.appHash
      })
    })

    it('executes the block that was decided when others were tried before', async () => {
      const [one, other] = [await start(), await start()]
      await one.app.finalizeBlock(blockRequest(1, [bed.validTx(5), bed.validTx(6), bed.validTx(7)]))
      expect(await applyBlock(one.app, 1, blockOf(1))).toEqual(await applyBlock(other.app, 1, blockOf(1)))
      expect(await applyBlock(one.app, 2, blockOf(2))).toEqual(await applyBlock(other.app, 2, blockOf(2)))
    })

    it('comes back from a restart as it was at the last commit, and goes on alike', async () => {
      const { app, store } = await start()
      const other = await start()
      for (const height of [1, 2]) {
        await applyBlock(app, height, blockOf(height))
        await applyBlock(other.app, height, blockOf(height))
      }
      // A crash between finalizeBlock and commit leaves no trace.
      await app.finalizeBlock(blockRequest(3, blockOf(3)))
      const again = await bed.open(store)
      expect(essence(await again.info())).toEqual(essence(await other.app.info()))
      expect(await applyBlock(again, 3, blockOf(3))).toEqual(await applyBlock(other.app, 3, blockOf(3)))
    })

    it('starts at any initial height', async () => {
      const store = await bed.makeStore()
      const app = await bed.open(store)
      await app.initChain(initChainRequest(bed, 100))
      await applyBlock(app, 100, blockOf(1))
      expect((await app.info()).lastBlockHeight).toBe(heightOf(100))
    })

    it('proposes what fits and what it accepts itself, from valid transactions all', async () => {
      const { app } = await start()
      const txs = Array.from({ length: 10 }, (_, n) => bed.validTx(n))
      const bytes = (list: readonly Uint8Array[]) => list.reduce((sum, tx) => sum + txSizeInBlock(tx), 0)
      for (const maxTxBytes of [0, 1, bytes(txs) - 1, bytes(txs)]) {
        const proposed = await app.prepareProposal({
          maxTxBytes,
          txs,
          localLastCommit: { round: 0, votes: [] },
          misbehavior: [],
          height: 1,
          time: TIME,
          nextValidatorsHash: 'bb'.repeat(32),
          proposerAddress: NOBODY
        })
        expect(bytes(proposed)).toBeLessThanOrEqual(maxTxBytes)
        expect(await app.processProposal(proposalRequest(1, proposed))).toBe(true)
        if (maxTxBytes >= bytes(txs)) expect(proposed).toHaveLength(txs.length)
      }
    })

    it('verifies the vote extension it makes itself (A-24)', async () => {
      const { app } = await start()
      const request = proposalRequest(1, [])
      const voteExtension = await app.extendVote(request)
      const verified = await app.verifyVoteExtension({
        hash: request.hash,
        validatorAddress: NOBODY,
        height: 1,
        voteExtension
      })
      expect(verified).toBe(true)
    })

    it('A-51: fails at no transaction, query or misbehavior, whatever it is', async () => {
      const { app } = await start()
      const bytes = fc.uint8Array({ maxLength: 60 })
      const path = fc.oneof(fc.string(), fc.constantFrom('', '/store', '/val', '/'))
      let height = 0
      const input = fc.record({
        txs: fc.array(bytes, { maxLength: 5 }),
        data: bytes,
        path,
        prove: fc.boolean()
      })
      await fc.assert(
        fc.asyncProperty(input, async ({ txs, data, path: asked, prove }) => {
          height += 1
          for (const tx of txs) {
            expect((await app.checkTx({ tx, type: 'new' })).code).toBeGreaterThanOrEqual(0)
          }
          await app.processProposal(proposalRequest(height, txs))
          const validator = { address: NOBODY, power: 10n }
          const type = height % 2 === 0 ? 'duplicateVote' : 'duplicateProposal'
          const offence: Misbehavior = { type, validator, height, time: TIME, totalVotingPower: 40n }
          const response = await app.finalizeBlock(blockRequest(height, txs, [offence]))
          expect(response.txResults).toHaveLength(txs.length)
          await app.commit()
          await app.query({ data, path: asked, height: 0, prove })
        }),
        { numRuns: 60 }
      )
    })

    it('offers only snapshots it can load, and takes none it does not know', async () => {
      const { app } = await start()
      for (const snapshot of await app.listSnapshots()) {
        for (let chunk = 0; chunk < snapshot.chunks; chunk++) {
          const bytes = await app.loadSnapshotChunk(snapshot.height, snapshot.format, chunk)
          expect(bytes.length).toBeGreaterThan(0)
        }
      }
      const unknown = {
        height: 5,
        format: 999,
        chunks: 1,
        hash: new Uint8Array(32),
        metadata: new Uint8Array()
      }
      expect(await app.offerSnapshot(unknown, new Uint8Array(8))).not.toBe('accept')
    })
  })
}
