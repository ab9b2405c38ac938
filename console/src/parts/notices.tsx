import { Button, CloseButton } from '@mantine/core'
import { t } from '../i18n/t.ts'
import { Icon } from './icon.tsx'
import { closeNotice, type Notice, noticeOfProblem, useNotices } from './notice.ts'
import './notices.css'

/**
 * The newest notice is in the top bar, between its links where there is room, else in place of them. There it moves nothing
 * and covers nothing of the page: what floats over a page hides some control.
 */
export function Notices() {
  const newest = useNotices().at(-1)
  return (
    <div className="notices">
      <div role="status">{newest && !newest.isProblem && <Line key={newest.id} notice={newest} />}</div>
      {newest?.isProblem && <Line key={newest.id} notice={newest} />}
    </div>
  )
}

function Line({ notice: { id, message, isProblem, undo } }: { notice: Notice }) {
  async function takeBack(act: () => Promise<unknown>): Promise<void> {
    closeNotice(id)
    try {
      await act()
    } catch (error) {
      noticeOfProblem(t('Not undone'), error)
    }
  }
  return (
    <div role={isProblem ? 'alert' : undefined} className="notice-line" data-problem={isProblem}>
      <Icon name={isProblem ? 'warning' : 'check'} size={18} />
      <span className="notice-text" title={message}>
        {message}
      </span>
      {undo && (
        <Button size="compact-sm" variant="default" flex="none" onClick={() => void takeBack(undo)}>
          {t('Undo')}
        </Button>
      )}
      <CloseButton size="sm" flex="none" aria-label={t('Close the notice')} onClick={() => closeNotice(id)} />
    </div>
  )
}
