import { invalidRequest } from './errors.ts'

/**
 * Refuses text that cannot be stored as it was sent: PostgreSQL takes no NUL, and an unpaired surrogate is not Unicode text.
 * @param value a parsed body or query, at most 32 levels deep
 * @throws AppError invalid_request that names the field
 */
export function requireCleanText(value: unknown, path = ''): void {
  if (typeof value === 'string') {
    if (value.includes('\0'))
      throw invalidRequest(`The '${path}' field contains a NUL character, which cannot be stored.`)
    if (!value.isWellFormed())
      throw invalidRequest(`The '${path}' field contains an unpaired surrogate, which is not valid text.`)
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value))
    requireCleanText(inner, path === '' ? name : `${path}.${name}`)
}
