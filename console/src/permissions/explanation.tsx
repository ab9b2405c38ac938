import { List, Loader, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { PermissionExplainQuery } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { Problem } from '../parts/problem.tsx'
import { Status } from '../parts/status.tsx'

/** Whether an action is allowed, and the checks that it passes, up to the one that refuses it. */
export function ExplanationOf({ query }: { query: PermissionExplainQuery }) {
  const { data, error } = useQuery({
    queryKey: ['permissions', query],
    queryFn: async () => comserv.permissions.explain(query),
    // Roles and rules change on other pages.
    staleTime: 0,
  })
  if (error) return <Problem error={error} />
  if (!data) return <Loader size="sm" aria-label={t('Loading the explanation')} />
  return (
    <div role="status">
      <Text fw={600} mb="xs">
        {data.subject.name}: {data.allowed ? t('yes') : t('no')}
      </Text>
      <List spacing={4}>
        {data.steps.map(({ allowed, details }) => (
          <List.Item key={details}>
            <Status value={allowed ? 'passed' : 'refused'} tone={allowed ? 'good' : 'bad'} />{' '}
            <span className="anywhere">{details}</span>
          </List.Item>
        ))}
      </List>
    </div>
  )
}
