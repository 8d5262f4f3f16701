/** What `--faults` names. Each class has its own draws, so leaving one out does not change the others. */
export const FAULT_CLASSES = [
  'delay',
  'loss',
  'duplication',
  'replay',
  'clog',
  'slow',
  'partition',
  'disconnect',
  'gossip',
  'streams',
  'crash',
  'powercut',
  'pause',
  'disk',
  'corruption',
  'clock',
  'membership',
  'votes',
  'locks',
  'rotation',
  'pruning'
] as const
export type FaultClass = (typeof FAULT_CLASSES)[number]

/** One line for each class, for help and documentation. */
export const FAULT_WORDS: Readonly<Record<FaultClass, string>> = {
  delay: 'messages take up to 200 ms and overtake each other',
  loss: 'up to 30 % of the messages are lost',
  duplication: 'up to half of the messages arrive twice',
  replay: 'old messages arrive again up to 30 seconds later',
  clog: 'links hold everything back for up to five seconds',
  slow: 'a node is connected by a trickle of bytes',
  partition: 'links are cut: halves, one alone, bridge, ring, one way, mute, deaf, at random',
  disconnect: 'connections close and open again',
  gossip: 'gossip delivers nothing while streams work',
  streams: 'streams deliver nothing while gossip works',
  crash: 'nodes lose power at any moment, at any write, and again while they recover',
  powercut: 'all nodes lose power together',
  pause: 'a process is stopped for a while and goes on',
  disk: 'writes fail, the disk is full or takes seconds to sync',
  corruption: 'bits flip in files at rest',
  clock: 'clocks are off by up to 40 seconds, drift and jump by an hour',
  membership: 'validators join, leave and change their power',
  votes: 'prevotes or precommits are lost on some links and everything else arrives',
  locks: 'prevotes come late, so that two validators lock on two values of one height',
  rotation: 'the write-ahead log begins a new file after every few records',
  pruning: 'the application lets old blocks go while others may still ask for them'
}

export function isFaultClass(name: string): name is FaultClass {
  return (FAULT_CLASSES as readonly string[]).includes(name)
}
