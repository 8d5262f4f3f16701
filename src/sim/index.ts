export { type ClusterOptions, SIM_TIMING, SimCluster } from './cluster.ts'
export { makePrng, type Prng } from './prng.ts'
