import { Anchor, Text } from '@mantine/core'
import { problemOf } from '../api/problem.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Warning } from './warning.tsx'

/** Whether a session has ended; on a public page a 401 means a wrong password. */
export function isSignedOut(error: unknown): boolean {
  return problemOf(error).code === 'authentication_failed' && location.pathname.startsWith('/console')
}

export function SignedOut() {
  return (
    <Warning title={t('Your session has ended')}>
      <Text size="sm">
        {rich(
          'What you typed is still here. <link>Sign in in another tab</link>, come back to this one and save again.',
          { link: <Anchor href="/sign-in" target="_blank" inherit /> },
        )}
      </Text>
    </Warning>
  )
}
