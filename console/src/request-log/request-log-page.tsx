import { Anchor } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Warning } from '../parts/warning.tsx'
import { ListPage } from '../record/list-page.tsx'
import { useMay } from '../session/use-session.ts'
import { developer } from '../shell/page.tsx'
import { columnsOf, filtersOf, queryOf, type RequestLogQuery } from './request-log.tsx'

/** What keys and sessions have requested; people see their own, administrators all of them. */
export function RequestLogPage() {
  const isAdmin = useMay()('admin')
  return (
    <ListPage
      title={t('Requests')}
      under={developer}
      guide="request-log"
      lead={
        isAdmin
          ? t('What keys and signed-in people requested in the last 7 days, without the contents.')
          : t('What you and your keys requested in the last 7 days, without the contents.')
      }
      queryKey={['requests']}
      fetch={(query: RequestLogQuery) => comserv.requests.list(queryOf(query))}
      columns={columnsOf(false)}
      filters={filtersOf(isAdmin ? 'everybody' : 'person')}
      notice={<DeprecatedUses />}
      empty={{
        title: t('No requests of programs yet'),
        text: rich('Requests appear within seconds. <link>Show requests of the console</link>', {
          link: <Anchor component={Link} to="?caller=all" inherit underline="always" />,
        }),
      }}
    />
  )
}

/** One line, as long as somebody calls what may be removed one day. */
function DeprecatedUses() {
  const { data } = useQuery({
    queryKey: ['requests', 'deprecated'],
    queryFn: async () => (await comserv.requests.deprecatedUses()).data,
  })
  if (!data || data.length === 0) return null
  const callers = new Set(data.map(({ user_id, credential_id }) => `${credential_id ?? 'user'} ${user_id}`))
  return (
    <Warning>
      {t('{{count}} callers still use deprecated endpoints.', { count: callers.size })}{' '}
      <Anchor component={Link} to="?deprecated=true">
        {t('Show their requests')}
      </Anchor>
    </Warning>
  )
}
