import { Anchor, Text } from '@mantine/core'
import { problemOf } from '../api/problem.ts'
import { Warning } from './warning.tsx'

/** Whether a session has ended; on a public page a 401 means a wrong password. */
export function isSignedOut(error: unknown): boolean {
  return problemOf(error).code === 'authentication_failed' && location.pathname.startsWith('/console')
}

export function SignedOut() {
  return (
    <Warning title="Your session has ended">
      <Text size="sm">
        What you typed is still here.{' '}
        <Anchor href="/sign-in" target="_blank" inherit>
          Sign in in another tab
        </Anchor>
        , come back to this one and save again.
      </Text>
    </Warning>
  )
}
