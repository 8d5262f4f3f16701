import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster, type ClusterOptions } from '../../../scripts/cluster/cluster.ts'

/** The longest a cluster of cold processes takes to its first blocks on a busy machine. */
export const START_MS = 60_000
/** For what takes a second or two where nothing else runs. */
export const SOON_MS = 30_000

const clusters: Cluster[] = []
const directories: string[] = []

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pnyx-node-'))
  directories.push(directory)
  return directory
}

/** Makes the homes of a network of processes; {@link cleanUp} ends them. */
export async function makeCluster(options: Omit<ClusterOptions, 'directory'>): Promise<Cluster> {
  const cluster = await Cluster.make({ ...options, directory: join(temporaryDirectory(), 'net') })
  clusters.push(cluster)
  return cluster
}

/** Ends every process that was started, and removes what was written. */
export async function cleanUp(): Promise<void> {
  for (const { nodes } of clusters.splice(0)) await Promise.all(nodes.map(node => node.end('SIGKILL')))
  for (const directory of directories.splice(0)) {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}
