import { Button, Modal } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { Answer } from 'comserv'
import { type ReactNode, useRef } from 'react'
import { useNavigate } from 'react-router'
import { t } from '../i18n/t.ts'
import { ChangedMeanwhile } from '../parts/changed-meanwhile.tsx'
import { Confirm, type ConfirmProps } from '../parts/confirm.tsx'
import { notice, noticeWithUndo } from '../parts/notice.ts'
import { Problem } from '../parts/problem.tsx'
import type { Kind, Match, Shown, Stored } from './kind.ts'
import { useChanged } from './use-record.ts'

interface Change<T extends Stored> {
  kind: Shown<T>
  read: Answer<T>
  act(match: Match): Promise<Answer<T>>
}

type Asked = Pick<ConfirmProps, 'opened' | 'onClose' | 'title' | 'children'>

/** Confirms a change of a record. It carries the ETag of the record that was on screen. */
export function ConfirmChange<T extends Stored>({
  kind,
  read,
  act,
  ...confirm
}: Change<T> & Asked & Pick<ConfirmProps, 'verb' | 'harmless'>) {
  const { saved } = useChanged(kind)
  const match = useMatch(read, confirm.opened)
  return (
    <Confirm
      {...confirm}
      meanwhile={(close) => <Meanwhile kind={kind} read={read} onLoad={close} />}
      act={async () => saved(await act(match()))}
    />
  )
}

interface Deletion<T extends Stored> extends Asked {
  kind: Pick<Kind<T>, 'plural' | 'path'> & Shown<T> & { calls: Pick<Kind<T>['calls'], 'delete'> }
  read: Answer<T>
  verb?: string
}

/** Confirms a deletion and returns to the list, with Undo if the kind can be restored. */
export function ConfirmDelete<T extends Stored>({ kind, read, verb = t('Delete'), ...asked }: Deletion<T>) {
  const navigate = useNavigate()
  const { reload, gone } = useChanged(kind)
  const match = useMatch(read, asked.opened)
  const { id } = read.data
  const { calls } = kind
  const name = kind.titleOf(read.data)
  return (
    <Confirm
      {...asked}
      verb={verb}
      meanwhile={(close) => <Meanwhile kind={kind} read={read} onLoad={close} />}
      act={async () => calls.delete(id, match())}
      onDone={() => {
        void gone()
        navigate(kind.path)
        if (!calls.restore) return
        noticeWithUndo(t('“{{name}}” is in the trash.', { name }), async () => {
          await calls.restore?.(id)
          await reload()
          notice(t('“{{name}}” is back.', { name }))
        })
      }}
    />
  )
}

/** Changes a record without confirmation; errors are shown above the page. */
export function ChangeButton<T extends Stored>({
  kind,
  read,
  act,
  children,
}: Change<T> & { children: string }) {
  const { saved } = useChanged(kind)
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: () => act({ ifMatch: read.etag }),
    onSuccess: saved,
  })
  return (
    <>
      <Button variant="default" loading={isPending} onClick={() => mutate()}>
        {children}
      </Button>
      <Modal opened={error !== null} onClose={reset} title={t('{{children}}: not done', { children })}>
        <Problem error={error} meanwhile={<Meanwhile kind={kind} read={read} onLoad={reset} />} />
      </Modal>
    </>
  )
}

/** In a dialog: the record has changed since it was read. */
export function Meanwhile<T extends Stored>(props: {
  kind: Shown<T>
  read: Answer<T>
  onLoad(): void
}): ReactNode {
  const { kind, read, onLoad } = props
  const { reload } = useChanged(kind)
  return (
    <ChangedMeanwhile
      what={kind.called(read.data)}
      // It is loaded before the dialog closes, so that nobody acts on the old one again.
      onLoad={() => void reload().then(onLoad)}
    />
  )
}

/** The page keeps refreshing behind an open dialog; the decision is about the record as it was on opening. */
export function useMatch(read: Answer<unknown>, isOpen: boolean): () => Match {
  const seen = useRef(read.etag)
  if (!isOpen) seen.current = read.etag
  return () => ({ ifMatch: seen.current })
}
