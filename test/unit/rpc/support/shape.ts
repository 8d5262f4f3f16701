/** The JSON type of a value. */
function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/**
 * Where two JSON values differ in keys or types, as one line each; values do not matter. Elements of lists are held
 * against the first one that was recorded.
 */
export function shapeDifferences(expected: unknown, actual: unknown, path = '$'): string[] {
  const wanted = typeOf(expected)
  const got = typeOf(actual)
  if (wanted !== got) return [`${path}: ${wanted} recorded, ${got} answered`]
  if (wanted === 'array') {
    const [pattern] = expected as unknown[]
    if (pattern === undefined) return []
    return (actual as unknown[]).flatMap((item, index) =>
      shapeDifferences(pattern, item, `${path}[${index}]`)
    )
  }
  if (wanted !== 'object') return []
  return objectDifferences(expected as Record<string, unknown>, actual as Record<string, unknown>, path)
}

function objectDifferences(
  expected: Record<string, unknown>,
  actual: Record<string, unknown>,
  path: string
): string[] {
  const missing = Object.keys(expected).filter(key => !(key in actual))
  const extra = Object.keys(actual).filter(key => !(key in expected))
  return [
    ...missing.map(key => `${path}.${key}: recorded, not answered`),
    ...extra.map(key => `${path}.${key}: answered, not recorded`),
    ...Object.keys(expected)
      .filter(key => key in actual)
      .flatMap(key => shapeDifferences(expected[key], actual[key], `${path}.${key}`))
  ]
}
