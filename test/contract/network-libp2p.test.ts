import { libp2pBed } from './libp2p-bed.ts'
import { describeNetworkContract } from './network-contract.ts'

describeNetworkContract('libp2p', () => libp2pBed())
describeNetworkContract('libp2p with every topic on direct streams', () =>
  libp2pBed({ directTopics: ['consensus', 'parts', 'evidence', 'txs'] })
)
