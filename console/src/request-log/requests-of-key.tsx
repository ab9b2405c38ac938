import type { RequestListQuery } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { ResourceList } from '../list/resource-list.tsx'
import { Empty } from '../parts/empty.tsx'
import { columnsOf, filtersOf } from './request-log.tsx'

/** The request log of one key, on its page. */
export function RequestsOfKey({ id }: { id: number }) {
  return (
    <ResourceList
      label={t('Requests')}
      queryKey={['requests', 'key', id]}
      fetch={(query: RequestListQuery) => comserv.requests.list({ ...query, credential_id: id })}
      columns={columnsOf(true)}
      filters={filtersOf('one')}
      empty={<Empty title={t('No requests yet')}>{t('Requests appear within seconds.')}</Empty>}
    />
  )
}
