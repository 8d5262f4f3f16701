/**
 * libp2p 3 calls Promise.withResolvers, which Node has from version 22 on. On Node 20 every file of this room that
 * loads libp2p imports this one first, before any libp2p module is evaluated.
 */
interface PromiseResolvers<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T | PromiseLike<T>) => void
  readonly reject: (reason?: unknown) => void
}

function withResolvers<T>(this: PromiseConstructor): PromiseResolvers<T> {
  let resolve: PromiseResolvers<T>['resolve'] | undefined
  let reject: PromiseResolvers<T>['reject'] | undefined
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve: resolve!, reject: reject! }
}

if (!('withResolvers' in Promise)) {
  Object.defineProperty(Promise, 'withResolvers', {
    value: withResolvers,
    writable: true,
    configurable: true
  })
}

export {}
