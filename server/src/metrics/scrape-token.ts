import { hashSecret, sameHash } from '../access/secret.ts'
import { bearerToken } from '../lib/authorization.ts'

/** Whether the header shows the token that the configuration gives to Prometheus. Without such a token nobody does. */
export function showsScrapeToken(token: string | undefined, authorization: string | undefined): boolean {
  const shown = bearerToken(authorization)
  return token !== undefined && shown !== undefined && sameHash(hashSecret(shown), hashSecret(token))
}
