import type { Tagged } from '../api/conditional.ts'
import type { CredentialWithSecret } from '../credentials/service.ts'
import type { WriteResponse } from '../http/written.ts'

/**
 * The response with the secret of a collected credential, of a person or of a guest. Nothing between here and the
 * requester keeps it.
 */
export function collected({ etag, resource }: Tagged<CredentialWithSecret>): WriteResponse {
  const headers = { location: `/api/v1/credentials/${resource.id}`, etag, 'cache-control': 'no-store' }
  return { status: 201, headers, body: resource }
}
