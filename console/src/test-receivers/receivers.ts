import type { ReceivedTest } from 'comserv'
import { t } from '../i18n/t.ts'

export const receiverPath = '/console/developer/test-receivers'

const problems: Readonly<Record<string, string>> = {
  no_webhook: t('No webhook has this URL any more, so there is no secret to verify with.'),
  headers_missing: t('The request is not signed: its webhook headers are missing.'),
  timestamp: t('The timestamp is more than five minutes off. Receivers refuse that to prevent replays.'),
  signature: t('The signature does not match: another secret was used, or the body was altered in transit.'),
}

/** Why the signature of a request does not verify. */
export function problemOf({ problem }: Pick<ReceivedTest, 'problem'>): string {
  return problem === null ? '' : (problems[problem] ?? problem)
}
