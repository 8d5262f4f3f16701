import { BLOCK_ID_FLAG, type Hex, timestampToMs } from '../../types/index.ts'
import type { Metrics } from '../../util/index.ts'
import type { AppliedBlock } from '../block-executor.ts'

const OF = 'consensus'
/** CometBFT leaves the default buckets of Prometheus here. */
const INTERVAL_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Prometheus' LinearBuckets(1, 10, 10), in milliseconds. */
const PROCESSING_BUCKETS = [1, 11, 21, 31, 41, 51, 61, 71, 81, 91]

/** What CometBFT measures of every committed block (consensus/metrics.go, state/metrics.go). */
export class BlockMetrics {
  readonly #self: Hex | null
  readonly #ms
  #lastTimeMs = 0
  #missed = 0
  #totalTxs = 0
  #syncedTxs = 0

  /** `self` is the address of this node's validator key, null for a full node. */
  constructor(metrics: Metrics, self: Hex | null) {
    this.#self = self
    const gauge = (name: string, help: string, labels: readonly string[] = []) =>
      metrics.gauge(OF, name, help, labels)
    this.#ms = {
      height: gauge('height', 'Height of the chain.'),
      latest: gauge('latest_block_height', 'The latest block height.'),
      validators: gauge('validators', 'Number of validators.'),
      validatorsPower: gauge('validators_power', 'Total power of all validators.'),
      validatorPower: gauge('validator_power', 'Power of a validator.', ['validator_address']),
      lastSigned: gauge(
        'validator_last_signed_height',
        'Last height signed by this validator if the node is a validator.',
        ['validator_address']
      ),
      missedBlocks: gauge('validator_missed_blocks', 'Amount of blocks missed per validator.', [
        'validator_address'
      ]),
      missing: gauge('missing_validators', 'Number of validators who did not sign.'),
      missingPower: gauge('missing_validators_power', 'Total power of the missing validators.'),
      byzantine: gauge('byzantine_validators', 'Number of validators who tried to double sign.'),
      byzantinePower: gauge('byzantine_validators_power', 'Total power of the byzantine validators.'),
      numTxs: gauge('num_txs', 'Number of transactions.'),
      totalTxs: gauge('total_txs', 'Total number of transactions.'),
      blockSize: gauge('block_size_bytes', 'Size of the block.'),
      precommits: gauge('precommits_counted', 'Number of precommit votes counted for the last block.'),
      stakingPercent: gauge(
        'precommits_staking_percentage',
        'Percentage of the voting power that signed the last block.'
      ),
      chainSize: metrics.counter(OF, 'chain_size_bytes', 'Size of the chain in bytes.'),
      synced: {
        height: metrics.gauge('blocksync', 'latest_block_height', 'The height of the latest block.'),
        numTxs: metrics.gauge('blocksync', 'num_txs', 'Number of transactions in the latest block.'),
        totalTxs: metrics.gauge('blocksync', 'total_txs', 'Total number of transactions.'),
        blockSize: metrics.gauge('blocksync', 'block_size_bytes', 'Size of the latest block.')
      },
      interval: metrics.histogram(OF, 'block_interval_seconds', 'Time between this and the last block.', {
        buckets: INTERVAL_BUCKETS
      }),
      processing: metrics.histogram('state', 'block_processing_time', 'Time spent processing FinalizeBlock', {
        buckets: PROCESSING_BUCKETS
      }),
      paramUpdates: metrics.counter(
        'state',
        'consensus_param_updates',
        'Number of consensus parameter updates returned by the application since process start.'
      ),
      setUpdates: metrics.counter(
        'state',
        'validator_set_updates',
        'Number of validator set updates returned by the application since process start.'
      )
    }
  }

  /** `blockSize`: of the encoded block, in bytes; `isSyncing`: it was fetched as one that others had decided. */
  onApplied(applied: AppliedBlock, blockSize: number, isSyncing: boolean): void {
    const { block, state, response, seenCommit, processingMs } = applied
    if (isSyncing) this.#onSynced(block, blockSize)
    const { header, txs } = block
    const ms = this.#ms
    ms.height.set(header.height)
    ms.latest.set(header.height)
    ms.numTxs.set(txs.length)
    this.#totalTxs += txs.length
    ms.totalTxs.set(this.#totalTxs)
    ms.blockSize.set(blockSize)
    ms.chainSize.inc(blockSize)
    ms.processing.observe(processingMs)
    if (response.consensusParamUpdates !== null) ms.paramUpdates.inc()
    if (response.validatorUpdates.length > 0) ms.setUpdates.inc()
    const timeMs = timestampToMs(header.time)
    if (this.#lastTimeMs > 0) ms.interval.observe((timeMs - this.#lastTimeMs) / 1000)
    this.#lastTimeMs = timeMs
    this.#onSigners(state, seenCommit, header.height)
    this.#onEvidence(block)
  }

  #onSynced({ header, txs }: AppliedBlock['block'], blockSize: number): void {
    const { synced } = this.#ms
    this.#syncedTxs += txs.length
    synced.height.set(header.height)
    synced.numTxs.set(txs.length)
    synced.totalTxs.set(this.#syncedTxs)
    synced.blockSize.set(blockSize)
  }

  #onSigners(state: AppliedBlock['state'], seenCommit: AppliedBlock['seenCommit'], height: number): void {
    const set = state.lastValidators
    if (set === null) return
    let missing = 0
    let missingPower = 0n
    seenCommit.signatures.forEach((entry, index) => {
      if (entry.blockIdFlag !== BLOCK_ID_FLAG.absent) return
      missing++
      missingPower += set.validators[index]?.power ?? 0n
    })
    const ms = this.#ms
    ms.validators.set(set.validators.length)
    ms.validatorsPower.set(Number(set.totalPower))
    ms.missing.set(missing)
    ms.missingPower.set(Number(missingPower))
    ms.precommits.set(set.validators.length - missing)
    ms.stakingPercent.set((100 * Number(set.totalPower - missingPower)) / Number(set.totalPower))
    const own = this.#self === null ? undefined : set.indexByAddress.get(this.#self)
    if (this.#self === null || own === undefined) return
    const label = { validator_address: this.#self.toUpperCase() }
    ms.validatorPower.set(Number(set.validators[own]!.power), label)
    if (seenCommit.signatures[own]?.blockIdFlag === BLOCK_ID_FLAG.absent) this.#missed++
    else ms.lastSigned.set(height, label)
    ms.missedBlocks.set(this.#missed, label)
  }

  #onEvidence({ evidence }: AppliedBlock['block']): void {
    const guilty = new Map<Hex, bigint>()
    for (const item of evidence) {
      if (item.kind === 'duplicateVote') guilty.set(item.voteA.validatorAddress, item.validatorPower)
      else if (item.kind === 'duplicateProposal') guilty.set(item.validatorAddress, item.validatorPower)
      else for (const { address, power } of item.byzantineValidators) guilty.set(address, power)
    }
    this.#ms.byzantine.set(guilty.size)
    this.#ms.byzantinePower.set(Number([...guilty.values()].reduce((sum, power) => sum + power, 0n)))
  }
}
