import { Button } from '@mantine/core'
import type { Session } from 'comserv'
import { Link, Outlet } from 'react-router'
import { t } from '../i18n/t.ts'
import { word } from '../i18n/words.ts'
import { Empty } from '../parts/empty.tsx'
import { Page } from '../shell/page.tsx'
import { useMay, useSignedIn } from './use-session.ts'

/** Pages that need a scope. Without it a message is shown, and no request is made. */
export function Door({ needs }: { needs: Session['scopes'][number] }) {
  return useMay()(needs) ? <Outlet /> : <ClosedPage needs={needs} />
}

export function ClosedPage({ needs }: { needs?: Session['scopes'][number] }) {
  const { user } = useSignedIn()
  const isAboutKeys = needs?.startsWith('credentials:')
  return (
    <Page title={t('You cannot open this page')}>
      <Empty
        title={t('Your role is {{role}}', { role: word(user.role) })}
        action={
          isAboutKeys ? (
            <Button component={Link} to="/console/developer/requests/new">
              {t('Ask for a key')}
            </Button>
          ) : (
            <Button component={Link} to="/console">
              {t('Go to the overview')}
            </Button>
          )
        }
      >
        {isAboutKeys
          ? t('You cannot manage keys yourself, but you can ask an administrator for one.')
          : t('Your role does not include this page. An administrator can give you another role.')}
      </Empty>
    </Page>
  )
}
