import { Text } from '@mantine/core'
import type { CredentialUsage } from 'comserv'
import { comserv } from '../api/client.ts'
import { sumOf } from '../chart/figures.tsx'
import { Report } from '../chart/report.tsx'
import { type Per, spans } from '../chart/spans.ts'
import { counted } from '../parts/counted.ts'

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
      nothing={(per) => `Not used in ${spans[per].words}.`}
      refreshMs={10_000}
    />
  )
}

export const usageWords = { total: 'requests', failed: 'answered with an error' }

export function usageBar({ requests, errors }: Row) {
  return { total: requests, failed: errors }
}

export function usageSentence(rows: readonly Row[], per: Per): string {
  const sum = (of: keyof Omit<Row, 'start'>) => sumOf(rows, (row) => row[of])
  return `${counted(sum('requests'), 'request')}, ${sum('errors').toLocaleString()} answered with an error, ${sum('rate_limited').toLocaleString()} over the rate limit in ${spans[per].words}`
}
