import { Button, CloseButton } from '@mantine/core'
import { t } from '../i18n/t.ts'
import { Icon } from './icon.tsx'
import { closeNotice, type Notice, noticeOfProblem, useNotices } from './notice.ts'
import './notices.css'

/**
 * Notices are in the top bar, between its links where there is room, else in place of them. There they move nothing and
 * cover nothing of the page: what floats over a page hides some control. They lie one above the other; what has failed is
 * on top until it is closed.
 */
export function Notices() {
  const notices = useNotices()
  return (
    <div className="notices">
      <div role="status">
        {notices.map((notice) => !notice.isProblem && <Line key={notice.id} notice={notice} />)}
      </div>
      {notices.map((notice) => notice.isProblem && <Line key={notice.id} notice={notice} />)}
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
