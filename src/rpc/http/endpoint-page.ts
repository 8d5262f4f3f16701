import type { MethodTable } from '../methods/method.ts'

/**
 * The page that lists the endpoints. Links are relative: nothing of the request, such as its Host header, gets into it.
 */
export function endpointPage(methods: MethodTable): string {
  const names = [...methods.keys()].sort()
  const link = (name: string): string => {
    const params = Object.keys(methods.get(name)!.params)
    const href =
      params.length === 0 ? `/${name}` : `/${name}?${params.map(param => `${param}=_`).join('&amp;')}`
    return `<a href="${href}">${href}</a></br>`
  }
  const plain = names.filter(name => Object.keys(methods.get(name)!.params).length === 0)
  const withParams = names.filter(name => !plain.includes(name))
  return (
    '<!doctype html><html><head><title>RPC endpoints</title></head><body>' +
    `<br>Available endpoints:<br>${plain.map(link).join('')}` +
    `<br>Endpoints that require arguments:<br>${withParams.map(link).join('')}` +
    '</body></html>'
  )
}
