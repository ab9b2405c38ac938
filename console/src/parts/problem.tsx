import type { ReactNode } from 'react'
import { isChangedMeanwhile } from './changed-meanwhile.tsx'
import { ProblemAlert } from './problem-alert.tsx'
import { isSignedOut, SignedOut } from './signed-out.tsx'

/** Why an action failed, and what to do about it. */
export function Problem({ error, meanwhile }: { error: unknown; meanwhile?: ReactNode }) {
  if (meanwhile && isChangedMeanwhile(error)) return meanwhile
  if (isSignedOut(error)) return <SignedOut />
  return <ProblemAlert error={error} />
}
