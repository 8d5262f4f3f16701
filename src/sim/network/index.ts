export { type LinkOverlay, type LinkState, PERFECT_LINK, Weather } from './link.ts'
export { makePartition, PARTITION_SHAPES, type PartitionShape } from './partition.ts'
export { type SendFilter, SimNetwork } from './sim-network.ts'
export { type Frame, type NetworkCounts, SimWires, type WireOptions, type WireTap } from './wires.ts'
