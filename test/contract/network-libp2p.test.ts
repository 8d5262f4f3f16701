import { libp2pBed } from './libp2p-bed.ts'
import { describeNetworkContract } from './network-contract.ts'

describeNetworkContract('libp2p', () => libp2pBed())
