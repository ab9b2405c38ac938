import { Button, FileInput, Group, Paper, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ImportReport } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { problemOf } from '../api/problem.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { useFirstField } from '../form/use-first-field.ts'
import { anyOf } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import { counted, word } from '../i18n/words.ts'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Warning } from '../parts/warning.tsx'
import { Page } from '../shell/page.tsx'
import { guessFields } from './guess-field.ts'
import { ImportColumns, type Mapping } from './import-columns.tsx'
import { ImportOptions, type Options, zoneHere } from './import-options.tsx'
import { inWordsOfThePage, isNotUtf8 } from './import-reasons.ts'
import { ImportResult } from './import-result.tsx'
import { importWhole, parametersOf } from './import-whole.ts'
import type { Shown, Stored } from './kind.ts'

interface Props {
  kind: Pick<Shown<Stored>, 'path' | 'trail'> & { plural: 'users' | 'documents' }
  /** Documents may name an author; users have none. */
  hasAuthor?: boolean
}

const noMapping: Mapping = { columns: [], fields: [] }

/** Checks a file, shows what it holds, and imports it when the person has seen that. */
export function ImportPage({ kind, hasAuthor = false }: Props) {
  const { plural, path, trail } = kind
  const formats = anyOf(useCatalog().import_formats.map((format) => format.toUpperCase()))
  const [file, setFile] = useState<File | null>(null)
  const [options, setOptions] = useState<Options>({ time_zone: zoneHere })
  const { check, run, soFar, mapping, setMapping, forget } = useImport(plural)
  const choose = (chosen: Options) => {
    setOptions(chosen)
    // In another encoding, the columns have other names.
    if (chosen.encoding !== options.encoding) setMapping(noMapping)
    forget()
  }
  const readAsExcel = () => {
    const chosen = { ...options, encoding: 'windows-1252' }
    choose(chosen)
    if (file) check.mutate({ file, options: chosen, mapping: noMapping })
  }
  return (
    <Page
      title={t('Import {{plural}}', { plural: word(plural) })}
      under={trail}
      guide="bulk#imports"
      lead={t(
        'From an {{formats}} file, such as a download from here or a spreadsheet saved as CSV. Nothing is imported until you have seen a preview.',
        { formats },
      )}
    >
      <Paper withBorder p="lg">
        <Stack ref={useFirstField()}>
          <FileInput
            data-autofocus
            label={t('File')}
            description={t('At most 64 MiB')}
            placeholder={t('Choose a file')}
            clearable
            value={file}
            onChange={(chosen) => {
              setFile(chosen)
              setMapping(noMapping)
              forget()
            }}
          />
          <details>
            <summary>{t('More options')}</summary>
            <ImportOptions options={options} hasAuthor={hasAuthor} onChange={choose} />
          </details>
          {mapping.columns.length > 0 && (
            <ImportColumns
              mapping={mapping}
              onChange={(changed) => {
                setMapping(changed)
                forget()
              }}
            />
          )}
          <Group>
            <Button
              variant={check.data ? 'default' : 'filled'}
              disabled={!file || run.isPending}
              loading={check.isPending}
              onClick={() => file && check.mutate({ file, options, mapping })}
            >
              {t('Check the file')}
            </Button>
            {check.data && !run.data && file && (
              <Button
                disabled={check.data.imported === 0}
                aria-describedby="import-why-not"
                loading={run.isPending}
                onClick={() => run.mutate({ file, options, mapping })}
              >
                {t('Import {{things}}', { things: counted(plural, check.data.imported) })}
              </Button>
            )}
            {run.isPending && soFar && (
              <Text size="sm" role="status">
                {t('{{things}} imported so far', { things: counted(plural, soFar.imported) })}
              </Text>
            )}
            {run.data && (
              <Button component={Link} to={path} variant="default">
                {plural === 'users' ? t('Back to users') : t('Back to documents')}
              </Button>
            )}
          </Group>
          {check.data?.imported === 0 && (
            <Text size="sm" id="import-why-not">
              {whyNothing(check.data)}
            </Text>
          )}
        </Stack>
      </Paper>
      {options.encoding === undefined && <Unreadable check={check} onExcel={readAsExcel} />}
      {run.error && <ProblemAlert error={run.error} words={inWordsOfThePage} />}
      {run.error && (
        <Text>{t('Imported rows are kept. To continue, import the same file again: it skips them.')}</Text>
      )}
      {!run.error && check.error && <ProblemAlert error={check.error} words={inWordsOfThePage} />}
      {run.error && soFar ? (
        <ImportResult report={soFar} plural={plural} title={t('What was imported before it failed')} />
      ) : run.data ? (
        <ImportResult report={run.data} plural={plural} />
      ) : (
        check.data && <ImportResult report={check.data} plural={plural} />
      )}
    </Page>
  )
}

interface Asked {
  file: File
  options: Options
  mapping: Mapping
}

function useImport(plural: 'users' | 'documents') {
  const queries = useQueryClient()
  const [mapping, setMapping] = useState<Mapping>(noMapping)
  /** Of an import that takes several requests. */
  const [soFar, setSoFar] = useState<ImportReport>()
  const sent = ({ file, ...asked }: Asked, dry_run: boolean) => {
    setSoFar(undefined)
    return importWhole(
      (more) => comserv[plural].importFile(file, more),
      { ...parametersOf(file, asked), dry_run },
      setSoFar,
    )
  }
  const check = useMutation({
    async mutationFn(asked: Asked) {
      const report = await sent(asked, true)
      if (report.unknown_columns.length === 0) return report
      const taken = asked.mapping.columns.map(({ field }) => field)
      const guessed: Mapping = {
        columns: [
          ...asked.mapping.columns,
          ...guessFields(
            report.unknown_columns,
            report.fields.filter((field) => !taken.includes(field)),
          ),
        ],
        fields: report.fields,
      }
      setMapping(guessed)
      return sent({ ...asked, mapping: guessed }, true)
    },
  })
  const run = useMutation({
    mutationFn: (asked: Asked) => sent(asked, false),
    // Also after a failure: some rows may have been imported.
    onSettled: () => queries.invalidateQueries({ queryKey: [plural] }),
  })
  const forget = () => {
    check.reset()
    run.reset()
  }
  return { check, run, soFar, mapping, setMapping, forget }
}

/** A spreadsheet that was saved as CSV is the usual reason. */
function Unreadable({
  check,
  onExcel,
}: {
  check: { data: ImportReport | undefined; error: unknown }
  onExcel(): void
}) {
  const rows = check.data?.not_utf8 ?? 0
  if (rows === 0 && !(check.error && isNotUtf8(problemOf(check.error).details))) return null
  return (
    <Warning
      role="status"
      title={
        rows === 0
          ? t('The file is not UTF-8. Was the file saved by Excel?')
          : t('{{count}} rows are not UTF-8. Was the file saved by Excel?', { count: rows })
      }
    >
      <Text size="sm" mb="xs">
        {t(
          'Excel saves CSV in the encoding of Windows. If the file is from elsewhere, choose its character encoding under More options.',
        )}
      </Text>
      <Button size="xs" variant="default" onClick={onExcel}>
        {t('Read it as Windows-1252')}
      </Button>
    </Warning>
  )
}

function whyNothing({ read, refused, skipped, not_utf8 }: ImportReport): string {
  if (read === 0) return t('There is nothing to import: the file has no rows.')
  if (refused === 0 && skipped.earlier > 0)
    return t('There is nothing to import: every row was imported before. More options can import them again.')
  if (refused === 0) return t('There is nothing to import: every row is blank.')
  if (not_utf8 === refused) return t('There is nothing to import: the rows cannot be read in this encoding.')
  return t('There is nothing to import: every row is refused or skipped; the reasons are below.')
}
