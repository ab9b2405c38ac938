import { Button, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { User } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Instant } from '../parts/instant.tsx'
import { notice } from '../parts/notice.ts'
import { Reading } from '../parts/reading.tsx'
import { Section } from '../parts/section.tsx'

/** The second step of a user's sign-in, for administrators. */
export function UserSecondFactors({ user: { id, username } }: { user: User }) {
  const queryClient = useQueryClient()
  const queryKey = ['users', id, 'second-factors']
  const read = useQuery({ queryKey, queryFn: async () => comserv.users.secondFactors(id) })
  const [isAsked, setAsked] = useState(false)
  return (
    <Section title={t('Second step at the sign-in')} frame="below">
      <Reading query={read}>
        {({ totp, passkeys, recovery_codes_left, required }) => (
          <Stack gap="sm">
            {totp ? (
              <Text>
                {rich('An authenticator app, since <date/>. {{count}} recovery codes are left.', {
                  date: <Instant at={totp.created_at} />,
                  count: recovery_codes_left,
                })}
              </Text>
            ) : passkeys.length > 0 ? (
              <Text>{t('{{count}} recovery codes are left.', { count: recovery_codes_left })}</Text>
            ) : (
              <Text className="quiet">
                {required ? t('None yet: the next sign-in sets one up.') : t('None: the password is enough.')}
              </Text>
            )}
            {passkeys.length > 0 && (
              <Text>{t('Passkeys: {{names}}', { names: passkeys.map(({ name }) => name).join(', ') })}</Text>
            )}
            {(totp || passkeys.length > 0) && (
              <div>
                <Button variant="default" onClick={() => setAsked(true)}>
                  {t('Remove second step')}
                </Button>
              </div>
            )}
          </Stack>
        )}
      </Reading>
      <Confirm
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={t('Remove the second step of “{{username}}”?', { username })}
        verb={t('Remove')}
        act={async () => comserv.users.removeSecondFactors(id)}
        onDone={() => {
          void queryClient.invalidateQueries({ queryKey })
          notice(t('“{{username}}” signs in with the password alone now.', { username }))
        }}
      >
        <Text>
          {t(
            'For somebody who has lost the app, the passkeys and the recovery codes. Make sure that it is they who ask: from now on their password is enough, until they set up a second step again.',
          )}
        </Text>
      </Confirm>
    </Section>
  )
}
