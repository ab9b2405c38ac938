import { Paper, Table, Text } from '@mantine/core'
import type { ImportReport } from 'comserv'
import { t } from '../i18n/t.ts'
import { counted } from '../i18n/words.ts'
import { Facts } from '../parts/facts.tsx'
import { Section } from '../parts/section.tsx'
import { Warning } from '../parts/warning.tsx'
import { folded, inWordsOfThePage, isNotUtf8, warningInWords } from './import-reasons.ts'

interface Props {
  report: ImportReport
  plural: string
  title?: string
}

/** What a file holds, or what became of it. */
export function ImportResult({ report, plural, title }: Props) {
  const { dry_run, imported, refused, skipped, warnings, preview } = report
  return (
    <>
      <Section
        title={title ?? (dry_run ? t('What would be imported') : t('What was imported'))}
        frame="below"
      >
        <div role="status">
          <Facts
            facts={[
              [dry_run ? t('To be imported') : t('Imported'), counted(plural, imported)],
              [t('Refused'), t('{{count}} rows', { count: refused })],
              skipped.earlier > 0 && [
                t('Imported before'),
                t('{{count}} rows, skipped', { count: skipped.earlier }),
              ],
              skipped.blank > 0 && [t('Blank'), t('{{count}} rows, skipped', { count: skipped.blank })],
            ]}
          />
        </div>
      </Section>
      {warnings.map((warning) => (
        <Warning key={warning} role="note">
          <Text size="sm">{warningInWords(warning)}</Text>
        </Warning>
      ))}
      <Refusals {...report} />
      {preview.length > 0 && <Preview rows={preview} />}
    </>
  )
}

/** Rows that are not UTF-8 are told above, once. */
function Refusals({ refusals, refused, not_utf8 }: ImportReport) {
  const told = refusals.filter(({ reason }) => not_utf8 === 0 || !isNotUtf8(reason))
  if (told.length === 0) return null
  return (
    <Section title={t('Refused rows')}>
      <Paper withBorder style={{ overflowX: 'auto' }}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('Rows')}</Table.Th>
              <Table.Th>{t('Why')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {folded(told).map(({ rows, reason }) => (
              <Table.Tr key={rows}>
                <Table.Td>{rows}</Table.Td>
                <Table.Td dir="auto">{inWordsOfThePage(reason)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Paper>
      {refused > refusals.length && (
        <Text size="sm" mt="xs">
          {t('And {{count}} more.', { count: refused - refusals.length })}
        </Text>
      )}
    </Section>
  )
}

/** The first rows, with a column for each field that one of them has. */
function Preview({ rows }: { rows: ImportReport['preview'] }) {
  const read = rows.map(({ row, value }) => ({ row, cells: new Map(cellsOf(value)) }))
  const columns = [...new Set(read.flatMap(({ cells }) => [...cells.keys()]))]
  return (
    <Section title={t('The first rows, as they were read')}>
      <Paper
        withBorder
        style={{ overflowX: 'auto' }}
        tabIndex={0}
        aria-label={t('The first rows')}
        role="region"
      >
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('Row')}</Table.Th>
              {columns.map((column) => (
                <Table.Th key={column} className="mono">
                  {column}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {read.map(({ row, cells }) => (
              <Table.Tr key={row}>
                <Table.Td>{row}</Table.Td>
                {columns.map((column) => (
                  <Table.Td key={column} dir="auto">
                    <Text size="sm" lineClamp={2}>
                      {cells.get(column) ?? ''}
                    </Text>
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Paper>
    </Section>
  )
}

function cellsOf(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([name, inner]): [string, string][] =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? cellsOf(inner, `${prefix}${name}.`)
      : [[prefix + name, typeof inner === 'string' ? inner : JSON.stringify(inner)]],
  )
}
