import { drawOptions, runSimulation, type SimRequest } from '../../sim/index.ts'

/** Runs one seed after the other for the process that started this one, and ends with it. */
process.on('message', (request: SimRequest) => {
  void runSimulation(drawOptions(request)).then(report => process.send?.({ kind: 'report', report }))
})
process.on('disconnect', () => process.exit())
