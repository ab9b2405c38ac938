import { Button, FileInput, Group, Paper, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ImportReport } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { useFirstField } from '../form/use-first-field.ts'
import { counted } from '../parts/counted.ts'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Page } from '../shell/page.tsx'
import { ImportResult } from './import-result.tsx'
import type { Shown, Stored } from './kind.ts'

interface Options {
  encoding?: string
  time_zone?: string
  author?: string
}

interface Props {
  kind: Pick<Shown<Stored>, 'path' | 'trail'> & { plural: 'users' | 'documents' }
  /** Documents may name an author; users have none. */
  hasAuthor?: boolean
}

/** Checks a file, shows what it holds, and imports it when the person has seen that. */
export function ImportPage({ kind, hasAuthor = false }: Props) {
  const { plural, path, trail } = kind
  const formats = useCatalog()
    .import_formats.map((format) => format.toUpperCase())
    .join(', ')
  const queries = useQueryClient()
  const [file, setFile] = useState<File | null>(null)
  const [options, setOptions] = useState<Options>({})
  const check = useMutation({
    mutationFn: (chosen: File) => comserv[plural].importFile(chosen, { ...options, dry_run: true }),
  })
  const run = useMutation({
    mutationFn: (chosen: File) => importWhole((more) => comserv[plural].importFile(chosen, more), options),
    // Also after a failure: some rows may have been imported.
    onSettled: () => queries.invalidateQueries({ queryKey: [plural] }),
  })
  const forget = () => {
    check.reset()
    run.reset()
  }
  const set = (name: keyof Options) => (text: string) => {
    const { [name]: _, ...others } = options
    setOptions(text === '' ? others : { ...others, [name]: text })
    forget()
  }
  const field = (name: keyof Options, label: string, description: string) => (
    <TextInput
      label={label}
      description={description}
      value={options[name] ?? ''}
      onChange={({ currentTarget }) => set(name)(currentTarget.value)}
    />
  )
  return (
    <Page
      title={`Import ${plural}`}
      under={trail}
      guide="bulk#imports"
      lead={`From a ${formats} file, such as a download from here or a spreadsheet saved as CSV. Nothing is imported before you have seen what it holds.`}
    >
      <Paper withBorder p="lg">
        <Stack ref={useFirstField()}>
          <FileInput
            data-autofocus
            label="File"
            description="At most 64 MiB"
            placeholder="Choose a file"
            clearable
            value={file}
            onChange={(chosen) => {
              setFile(chosen)
              forget()
            }}
          />
          <details>
            <summary>More options</summary>
            <SimpleGrid cols={{ base: 1, sm: hasAuthor ? 3 : 2 }} mt="sm">
              {field('encoding', 'Character encoding', 'Unless it is UTF-8 or UTF-16: windows-1252')}
              {field('time_zone', 'Time zone', 'Of times without an offset: Europe/Berlin')}
              {hasAuthor && field('author', 'Author', 'Of documents without one: a username')}
            </SimpleGrid>
          </details>
          <Group>
            <Button
              variant={check.data ? 'default' : 'filled'}
              disabled={!file || run.isPending}
              loading={check.isPending}
              onClick={() => file && check.mutate(file)}
            >
              Check the file
            </Button>
            {check.data && !run.data && file && (
              <Button
                disabled={check.data.imported === 0}
                loading={run.isPending}
                onClick={() => run.mutate(file)}
              >
                {`Import ${counted(check.data.imported, plural.slice(0, -1))}`}
              </Button>
            )}
            {run.data && (
              <Button component={Link} to={path} variant="default">
                {`Back to ${plural}`}
              </Button>
            )}
          </Group>
        </Stack>
      </Paper>
      {run.error && <ProblemAlert error={run.error} />}
      {run.error && (
        <Text>Rows that were imported stay. Import the same file again to go on: they are skipped.</Text>
      )}
      {!run.error && check.error && <ProblemAlert error={check.error} />}
      {run.data ? (
        <ImportResult report={run.data} noun={plural} />
      ) : (
        check.data && <ImportResult report={check.data} noun={plural} />
      )}
    </Page>
  )
}

/** A request works for a limited time; the next one goes on after it. */
async function importWhole(
  send: (options: Options) => PromiseLike<ImportReport>,
  options: Options,
): Promise<ImportReport> {
  let imported = 0
  for (;;) {
    const report = await send(options)
    imported += report.imported
    if (report.is_complete) {
      const earlier = report.skipped.earlier - (imported - report.imported)
      return { ...report, imported, skipped: { ...report.skipped, earlier } }
    }
  }
}
