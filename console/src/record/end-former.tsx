import type { Answer } from 'comserv'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { notice } from '../parts/notice.ts'
import { Meanwhile, useMatch } from './change.tsx'
import type { Match, Shown, Stored } from './kind.ts'
import { useChanged } from './use-record.ts'

interface Props<T extends Stored> {
  kind: Shown<T>
  read: Answer<T>
  opened: boolean
  end(match: Match): PromiseLike<unknown>
  onClose(): void
  /** What happens to those who still use it. */
  children: string
}

/** Ends the grace period of the secret before a rotation. */
export function EndFormer<T extends Stored>({ kind, read, end, ...dialog }: Props<T>) {
  const { reload } = useChanged(kind)
  const match = useMatch(read, dialog.opened)
  return (
    <Confirm
      {...dialog}
      title={t('End the previous secret now?')}
      verb={t('End previous secret')}
      meanwhile={(close) => <Meanwhile kind={kind} read={read} onLoad={close} />}
      act={async () => end(match())}
      onDone={() => {
        void reload()
        notice(t('The previous secret has ended.'))
      }}
    />
  )
}
