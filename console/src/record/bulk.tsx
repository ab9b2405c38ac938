import { Anchor, Button, Group, Progress, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Link } from 'react-router'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import { counted } from '../i18n/words.ts'
import type { Matching } from '../list/matching.ts'
import { type Selection, useSelection } from '../list/selection.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { notice, noticeOfProblem, noticeWithUndo } from '../parts/notice.ts'
import { Warning } from '../parts/warning.tsx'
import { type Failed, itemsMax, type OnProgress, type Outcome } from './bulk-changes.ts'
import { quoted } from './kind.ts'
import { SelectAll } from './select-all.tsx'
import './bulk.css'

export interface BulkAction<T> {
  verb: string
  /** As in `3 documents published`. */
  done: string
  /** As in `Publish 3 documents?`. */
  question(things: string): string
  explains: ReactNode
  isHarmless?: boolean
  /** Whether the dialog still needs an input. */
  isIncomplete?: boolean
  /** Whether it would change the row; others are left alone. */
  applies(row: T): boolean
  /** @throws an error before anything was changed */
  run(rows: readonly T[], onProgress: OnProgress): Promise<Outcome<T>>
}

export interface Bulk<T> {
  /** The first part of the query keys: `documents`. */
  plural: string
  titleOf(row: T): string
  /** The page of a record, if it has one. */
  pathOf?: (row: T) => string
  isSelectable?: (row: T) => boolean
  /** Whether all that match can be selected: the actions change 100 records in a request. */
  hasAll?: boolean
  actions: readonly BulkAction<T>[]
}

const shownFailures = 10

function undoneWords(plural: string, count: number): string {
  const things = counted(plural, count)
  return count === 1
    ? t('Undone: {{things}} is as it was.', { things })
    : t('Undone: {{things}} are as they were.', { things })
}

/** What a list needs to change several records at once: the checkboxes, and a bar with the actions. */
export function useBulk<T extends { id: number }>(bulk: Bulk<T>) {
  const selection = useSelection<T>(bulk)
  const [failed, setFailed] = useState<readonly Failed<T>[]>([])
  return {
    column: selection.column,
    bar: (rows: readonly T[], matching: Matching<T>) => (
      <BulkBar
        bulk={bulk}
        rows={rows}
        matching={matching}
        selection={selection}
        failed={failed}
        onFailed={setFailed}
      />
    ),
  }
}

interface BarProps<T> {
  bulk: Bulk<T>
  rows: readonly T[]
  matching: Matching<T>
  selection: Selection<T>
  failed: readonly Failed<T>[]
  onFailed(failed: readonly Failed<T>[]): void
}

/** Below the list, and in sight while rows are selected; above it, the first click would move the rows away. */
function BulkBar<T extends { id: number }>(props: BarProps<T>) {
  const { bulk, rows, matching, selection, failed, onFailed } = props
  const queryClient = useQueryClient()
  const [askedVerb, setAsked] = useState<string>()
  const asked = bulk.actions.find(({ verb }) => verb === askedVerb)
  const [progress, setProgress] = useState(0)
  const selected = selection.of(rows, matching.key)
  const changing = asked ? selected.filter(asked.applies) : []
  const count = counted(bulk.plural, changing.length)
  const reload = () => queryClient.invalidateQueries({ queryKey: [bulk.plural] })

  async function act({ done: verb, run }: BulkAction<T>): Promise<void> {
    const { done, failed, undo } = await run(changing, setProgress)
    onFailed(failed)
    selection.set(failed.map(({ row }) => row))
    const message = t('{{things}} {{done}}.', { things: counted(bulk.plural, done.length), done: verb })
    if (done.length > 0 && undo) noticeWithUndo(message, () => undone(undo))
    else if (done.length > 0) notice(message)
    await reload()
  }

  async function undone(undo: () => Promise<Outcome<T>>): Promise<void> {
    const { done, failed } = await undo()
    await reload()
    if (done.length > 0) notice(undoneWords(bulk.plural, done.length))
    if (failed.length === 0) return
    const [first] = failed
    const named = first ? `${quoted(bulk.titleOf(first.row))}: ${first.because}` : ''
    const others = failed.length > 1 ? ` ${t('And {{count}} more.', { count: failed.length - 1 })}` : ''
    noticeOfProblem(
      t('Not undone for {{things}}', { things: counted(bulk.plural, failed.length) }),
      new Error(named + others),
    )
  }

  return (
    <>
      {failed.length > 0 && <Failures bulk={bulk} failed={failed} />}
      <div role="status" className="off-screen">
        {selected.length > 0 && t('{{count}} selected', { count: selected.length })}
      </div>
      {selected.length > 0 && (
        <SelectionBar
          selected={selected}
          isBeyond={selected.some((row) => !rows.includes(row))}
          all={
            bulk.hasAll &&
            rows.filter(selection.isSelectable).every((row) => selected.includes(row)) && (
              <SelectAll
                matching={matching}
                shown={rows.length}
                selected={selected.length}
                onAll={(all) => selection.setAll(all, matching.key)}
              />
            )
          }
          actions={bulk.actions}
          onAsk={(verb) => {
            setProgress(0)
            setAsked(verb)
          }}
          onNone={() => {
            selection.set([])
            onFailed([])
          }}
        />
      )}
      <Confirm
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={asked?.question(count) ?? ''}
        verb={askedVerb ?? ''}
        harmless={asked?.isHarmless === true}
        isIncomplete={changing.length === 0 || asked?.isIncomplete === true}
        act={async () => asked && act(asked)}
      >
        {asked?.explains}
        {changing.length > itemsMax && (
          <div>
            <Text size="sm">
              {t('These are on several pages, and are changed {{count}} at a time.', { count: itemsMax })}
            </Text>
            {progress > 0 && (
              <>
                <Progress
                  my="xs"
                  aria-label={t('Progress of the change')}
                  value={(100 * progress) / changing.length}
                />
                <Text size="sm" role="status">
                  {t('{{done}} of {{count}} done', { done: number(progress), count: changing.length })}
                </Text>
              </>
            )}
          </div>
        )}
        {changing.length < selected.length && (
          <Text c="dimmed">
            {t('The other {{count}} stay as they are.', { count: selected.length - changing.length })}
          </Text>
        )}
      </Confirm>
    </>
  )
}

interface SelectionBarProps<T> {
  selected: readonly T[]
  /** Whether some of them are on other pages. */
  isBeyond: boolean
  /** Selects what is on other pages, too. */
  all: ReactNode
  actions: readonly BulkAction<T>[]
  onAsk(verb: string): void
  onNone(): void
}

function SelectionBar<T>({ selected, isBeyond, all, actions, onAsk, onNone }: SelectionBarProps<T>) {
  return (
    <Group component="section" aria-label={t('Selection')} className="bulk-bar" gap="xs">
      <Text size="sm" fw={600}>
        {isBeyond
          ? t('{{count}} selected, also on other pages', { count: selected.length })
          : t('{{count}} selected', { count: selected.length })}
      </Text>
      {all}
      {actions.map(({ verb, applies }) => (
        <Button
          key={verb}
          size="xs"
          variant="default"
          disabled={!selected.some(applies)}
          onClick={() => onAsk(verb)}
        >
          {verb}
        </Button>
      ))}
      <Button size="xs" variant="subtle" onClick={onNone}>
        {t('Select none')}
      </Button>
    </Group>
  )
}

function Failures<T extends { id: number }>({
  bulk: { plural, titleOf, pathOf },
  failed,
}: Pick<BarProps<T>, 'bulk' | 'failed'>) {
  return (
    <Warning role="status" title={t('{{things}} not changed', { things: counted(plural, failed.length) })}>
      {failed.slice(0, shownFailures).map(({ row, because }) => (
        <Text key={row.id} size="sm">
          {pathOf ? (
            <Anchor component={Link} to={pathOf(row)} inherit>
              {titleOf(row)}
            </Anchor>
          ) : (
            titleOf(row)
          )}
          : {because}
        </Text>
      ))}
      {failed.length > shownFailures && (
        <Text size="sm">
          {t('and {{count}} more, which are still selected', { count: failed.length - shownFailures })}
        </Text>
      )}
    </Warning>
  )
}
