import { Button } from '@mantine/core'
import { Link, useLocation } from 'react-router'
import { t } from '../i18n/t.ts'
import { Empty } from '../parts/empty.tsx'
import { Page } from './page.tsx'

export function NotFoundPage() {
  const { pathname } = useLocation()
  const inConsole = pathname.startsWith('/console')
  return (
    <Page title={t('There is no such page')}>
      <Empty
        title={pathname}
        action={
          <Button component={Link} to={inConsole ? '/console' : '/'}>
            {inConsole ? t('Go to the overview') : t('Go to the documentation')}
          </Button>
        }
      >
        {t('There is nothing at this address. It may be mistyped, or the page may have been deleted.')}
      </Empty>
    </Page>
  )
}
