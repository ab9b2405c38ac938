import type { ReceivedTest } from 'comserv'

export const receiverPath = '/console/developer/test-receivers'

const problems: Readonly<Record<string, string>> = {
  no_webhook: 'No webhook has this URL any more, so there is no secret to verify with.',
  headers_missing: 'The request is not signed: its webhook headers are missing.',
  timestamp: 'The timestamp is more than five minutes off. Receivers refuse that to prevent replays.',
  signature: 'The signature does not match: another secret was used, or the body was altered in transit.',
}

/** Why the signature of a request does not verify. */
export function problemOf({ problem }: Pick<ReceivedTest, 'problem'>): string {
  return problem === null ? '' : (problems[problem] ?? problem)
}
