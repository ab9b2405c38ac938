import { Text } from '@mantine/core'
import type { CredentialUsage } from 'comserv'
import { comserv } from '../api/client.ts'
import { sumOf } from '../chart/figures.tsx'
import { Report } from '../chart/report.tsx'
import { type Per, spans } from '../chart/spans.ts'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'

type Row = CredentialUsage['data'][number]

/** The requests made with the key. */
export function Usage({ id }: { id: number }) {
  return (
    <Report
      queryKey={['credentials', 'usage', id]}
      pers={['hour', 'day']}
      fetch={(per) => comserv.credentials.usage(id, { per })}
      barOf={usageBar}
      words={usageWords}
      figures={(rows, per) => (
        <Text size="sm" my="sm">
          {usageSentence(rows, per)}
        </Text>
      )}
      sentence={usageSentence}
      nothing={(per) => t('Not used in {{words}}.', { words: spans[per].words })}
      refreshMs={10_000}
    />
  )
}

export const usageWords = { total: t('requests'), failed: t('failed') }

export function usageBar({ requests, errors }: Row) {
  return { total: requests, failed: errors }
}

export function usageSentence(rows: readonly Row[], per: Per): string {
  const sum = (of: keyof Omit<Row, 'start'>) => sumOf(rows, (row) => row[of])
  return t('{{count}} requests, {{errors}} failed, {{limited}} over the rate limit in {{span}}', {
    count: sum('requests'),
    errors: number(sum('errors')),
    limited: number(sum('rate_limited')),
    span: spans[per].words,
  })
}
