import type {
  Fault,
  FaultPaging,
  FaultQuery,
  FaultView,
  SigningInfos,
  SlashEntry,
  SlashingParams,
  SlashQuery
} from '../../../../src/rpc/index.ts'

/** Faults in memory, in the order of their heights; remembers what it was asked. */
export class FakeFaults implements FaultView {
  faults: readonly Fault[] = []
  slashList: readonly SlashEntry[] = []
  signing: SigningInfos = { source: 'node', infos: [] }
  params: SlashingParams = {
    source: 'node',
    signedBlocksWindow: 100n,
    minSignedPerWindow: '0.500000000000000000',
    downtimeJailDuration: null,
    slashFractionDoubleSign: null,
    slashFractionDowntime: null,
    correlationWindowBlocks: null
  }
  readonly asked: (FaultQuery | SlashQuery)[] = []

  async byHash(hash: string): Promise<Fault | null> {
    return this.faults.find(one => one.hash === hash) ?? null
  }

  async search(query: FaultQuery, { offset, limit, newestFirst }: FaultPaging) {
    this.asked.push(query)
    const sorted = newestFirst ? [...this.faults].reverse() : this.faults
    return { faults: sorted.slice(offset, offset + limit), total: this.faults.length }
  }

  async slashes(query: SlashQuery): Promise<readonly SlashEntry[]> {
    this.asked.push(query)
    return this.slashList
  }

  async signingInfos(): Promise<SigningInfos> {
    return this.signing
  }

  async slashingParams(): Promise<SlashingParams> {
    return this.params
  }
}
