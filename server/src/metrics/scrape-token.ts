import { hashSecret, sameHash } from '../credentials/secret.ts'

/** Whether the header shows the token that the configuration gives to Prometheus. Without such a token nobody does. */
export function showsScrapeToken(token: string | undefined, authorization: string | undefined): boolean {
  const shown = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  return token !== undefined && shown !== undefined && sameHash(hashSecret(shown), hashSecret(token))
}
